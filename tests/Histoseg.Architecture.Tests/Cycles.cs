namespace Histoseg.Architecture.Tests;

/// <summary>Finds what in a graph refers to itself in a round (Tarjan's strongly connected components).</summary>
internal static class Cycles
{
    /// <summary>The sets of more than one node each of which reaches all others.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Of(Dictionary<string, HashSet<string>> graph)
    {
        var (index, low, path, found) = (new Dictionary<string, int>(), new Dictionary<string, int>(), new Stack<string>(), new List<IReadOnlyList<string>>());
        foreach (var node in graph.Keys)
            if (!index.ContainsKey(node))
                Visit(node);
        return found;

        void Visit(string node)
        {
            index[node] = low[node] = index.Count;
            path.Push(node);
            foreach (var next in graph[node])
            {
                if (!index.ContainsKey(next))
                    Visit(next);
                if (path.Contains(next))
                    low[node] = Math.Min(low[node], low[next]);
            }
            if (low[node] != index[node])
                return;
            var component = new List<string>();
            string member;
            do
                component.Add(member = path.Pop());
            while (member != node);
            if (component.Count > 1)
                found.Add(component);
        }
    }
}
