using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Histoseg.Engine.Ranks;

/// <summary>Ranks over TCP, in a star: rank 0 adds up, in the order of the ranks, and sends the sums back.</summary>
/// <remarks>
/// For two ranks nothing less can be sent. Of N ranks each sends and receives its numbers once, rank 0 N − 1 times: where there are many or much is to be
/// sent, MPI is faster. A rank that ends is noticed at once, for its connection ends with it.
/// </remarks>
internal sealed class TcpRanks : RankGroup
{
    private const int HelloLength = 16, PieceBytes = 1 << 20;
    private const long Magic = 0x314B4E5253544948; // "HITSRNK1"
    private static readonly TimeSpan _eager = TimeSpan.FromMilliseconds(5), _look = TimeSpan.FromMilliseconds(100);
    private readonly Socket[] _peers;
    private readonly byte[] _piece = new byte[PieceBytes];

    // Rank 0 has the others' connections in order, the others have one, to rank 0.
    private TcpRanks(int rank, int count, TimeSpan limit, Socket[] peers) : base(rank, count, limit)
    {
        _peers = peers;
        foreach (var peer in peers)
        {
            peer.NoDelay = true;
            (peer.ReceiveTimeout, peer.SendTimeout) = ((int)limit.TotalMilliseconds, (int)limit.TotalMilliseconds);
        }
    }

    /// <inheritdoc/>
    public override string Description => $"{Count} ranks over TCP";

    /// <summary>Meets the others.</summary>
    /// <param name="rank">This process's number.</param>
    /// <param name="count">Processes in all.</param>
    /// <param name="meeting">Where rank 0 listens, <c>host:port</c>.</param>
    /// <param name="limit">The longest a call, this one among them, waits for the others.</param>
    public static TcpRanks Open(int rank, int count, string meeting, TimeSpan limit)
    {
        var colon = meeting.LastIndexOf(':');
        var (host, port) = (meeting[..colon], int.Parse(meeting[(colon + 1)..], CultureInfo.InvariantCulture));
        var since = Stopwatch.StartNew();
        return new TcpRanks(rank, count, limit, rank == 0 ? Listen() : [Call()]);

        Socket[] Listen()
        {
            using var door = new Socket(SocketType.Stream, ProtocolType.Tcp);
            var peers = new Socket[count - 1];
            try
            {
                door.Bind(new IPEndPoint(door.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
                door.Listen(count);
                while (peers.Contains(null))
                {
                    if (!door.Poll(_look, SelectMode.SelectRead) && since.Elapsed < limit)
                        continue;
                    if (!door.Poll(TimeSpan.Zero, SelectMode.SelectRead))
                        throw RankError.Silent($"rank {Array.IndexOf(peers, null) + 1} of {count}", limit);
                    var peer = door.Accept();
                    if (Greeted(peer) is { } number)
                        peers[number - 1] = peer;
                    else
                        peer.Dispose();
                }
                return peers;
            }
            catch (Exception error) when (error is SocketException or RankError)
            {
                foreach (var peer in peers)
                    peer?.Dispose();
                throw error as RankError ?? new RankError($"rank 0 cannot listen for the others on port {port}: {error.Message}", error);
            }

            int? Greeted(Socket peer)
            {
                peer.ReceiveTimeout = 5000;
                Span<byte> hello = stackalloc byte[HelloLength];
                try
                {
                    ReceiveAll(peer, hello);
                }
                catch (SocketException)
                {
                    return null;
                }
                var number = BitConverter.ToInt32(hello[8..]);
                return BitConverter.ToInt64(hello) == Magic && BitConverter.ToInt32(hello[12..]) == count && number > 0 && number < count
                    && peers[number - 1] is null ? number : null;
            }
        }

        Socket Call()
        {
            while (true)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Connect(host, port);
                    Span<byte> hello = stackalloc byte[HelloLength];
                    BitConverter.TryWriteBytes(hello, Magic);
                    BitConverter.TryWriteBytes(hello[8..], rank);
                    BitConverter.TryWriteBytes(hello[12..], count);
                    SendAll(socket, hello);
                    return socket;
                }
                catch (SocketException error)
                {
                    socket.Dispose();
                    if (since.Elapsed >= limit)
                        throw new RankError($"rank {rank} of {count} cannot reach rank 0 at {host}, port {port}: {error.Message}", error);
                    // It may not have been started yet.
                    Thread.Sleep(100);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Sum(Span<float> numbers) => Sum<float>(numbers);

    /// <inheritdoc/>
    public override void Sum(Span<double> numbers) => Sum<double>(numbers);

    private void Sum<T>(Span<T> numbers) where T : unmanaged, INumberBase<T>
    {
        // Piece by piece, so that neither side has to hold, or waits with its own sending, more than one.
        var step = PieceBytes / Marshal.SizeOf<T>();
        for (var at = 0; at < numbers.Length; at += step)
        {
            var piece = numbers.Slice(at, Math.Min(step, numbers.Length - at));
            var bytes = MemoryMarshal.AsBytes(piece);
            if (IsLeader)
            {
                var received = _piece.AsSpan(0, bytes.Length);
                for (var peer = 0; peer < _peers.Length; peer++)
                {
                    Receive(peer, received);
                    Add(piece, MemoryMarshal.Cast<byte, T>(received));
                }
                SendToAll(bytes);
            }
            else
            {
                Send(0, bytes);
                Receive(0, bytes);
            }
        }
    }

    private static void Add<T>(Span<T> sums, ReadOnlySpan<T> numbers) where T : unmanaged, INumberBase<T>
    {
        var i = 0;
        for (; i <= sums.Length - Vector<T>.Count; i += Vector<T>.Count)
            (new Vector<T>(sums[i..]) + new Vector<T>(numbers[i..])).CopyTo(sums[i..]);
        for (; i < sums.Length; i++)
            sums[i] += numbers[i];
    }

    /// <inheritdoc/>
    public override void Broadcast(Span<float> numbers)
    {
        if (IsLeader)
            SendToAll(MemoryMarshal.AsBytes(numbers));
        else
            Receive(0, MemoryMarshal.AsBytes(numbers));
    }

    private void SendToAll(ReadOnlySpan<byte> bytes)
    {
        for (var peer = 0; peer < _peers.Length; peer++)
            Send(peer, bytes);
    }

    private void Send(int peer, ReadOnlySpan<byte> bytes)
    {
        try
        {
            SendAll(_peers[peer], bytes);
        }
        catch (SocketException error)
        {
            throw Lost(peer, error);
        }
    }

    private void Receive(int peer, Span<byte> bytes)
    {
        try
        {
            ReceiveAll(_peers[peer], bytes);
        }
        catch (SocketException error)
        {
            throw Lost(peer, error);
        }
    }

    private RankError Lost(int peer, SocketException error)
    {
        var who = $"rank {(IsLeader ? peer + 1 : 0)} of {Count}";
        return error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain ? RankError.Silent(who, Limit)
            : new RankError($"{who} has gone", error);
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[socket.Send(bytes)..];
    }

    private static void ReceiveAll(Socket socket, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            // To sleep and be woken costs more than most answers take.
            for (var since = Stopwatch.GetTimestamp(); socket.Available == 0 && Stopwatch.GetElapsedTime(since) < _eager;)
                Thread.Yield();
            var count = socket.Receive(bytes);
            if (count == 0)
                throw new SocketException((int)SocketError.ConnectionReset);
            bytes = bytes[count..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var peer in _peers)
            peer.Dispose();
    }
}
