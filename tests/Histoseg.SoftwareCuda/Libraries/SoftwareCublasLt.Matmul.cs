using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

public sealed unsafe partial class SoftwareCublasLt
{
    private const ulong Mark = 0x5EED_B1A5;

    /// <inheritdoc/>
    public CublasStatus MatmulAlgoGetHeuristic(nint handle, nint operation, nint a, nint b, nint c, nint d, nint preference, int requested,
        CublasLtHeuristicResult* results, out int returned)
    {
        const string call = nameof(MatmulAlgoGetHeuristic);
        var count = 0;
        var status = Call(call, () =>
        {
            if (ProblemOf(call, handle, operation, a, b, c, d, out var problem) is not CublasStatus.Success and var wrong)
                return wrong;
            if (!_driver.Handles.TryGet<MatmulPreference>(preference, out var limits))
                return Bad($"{call}: {_driver.Handles.Describe(preference, Preference)}");
            if (requested < 1 || results is null)
                return Bad($"{call}: {requested} results were asked for");
            if (!problem.IsSupported)
                return CublasStatus.NotSupported;
            var workspaces = problem.Workspaces;
            for (var id = workspaces.Count - 1; id >= 0; id--)
            {
                if ((ulong)workspaces[id] > limits.MaxWorkspaceBytes || count == requested)
                    continue;
                var result = new CublasLtHeuristicResult { WorkspaceBytes = (nuint)workspaces[id], State = CublasStatus.Success, WavesCount = 1 };
                (result.Algorithm.Data[0], result.Algorithm.Data[1], result.Algorithm.Data[2]) = (Mark, (ulong)id, problem.Signature);
                results[count++] = result;
            }
            return CublasStatus.Success;
        });
        returned = count;
        return status;
    }

    /// <inheritdoc/>
    public CublasStatus Matmul(nint handle, nint operation, float* alpha, ulong a, nint aLayout, ulong b, nint bLayout, float* beta, ulong c, nint cLayout,
        ulong d, nint dLayout, CublasLtAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream) => Call(nameof(Matmul), () =>
    {
        if (alpha is null || beta is null)
            return Bad("Matmul: alpha or beta is missing");
        if (ProblemOf(nameof(Matmul), handle, operation, aLayout, bLayout, cLayout, dLayout, out var problem) is not CublasStatus.Success and var wrong)
            return wrong;
        if (!problem.IsSupported)
            return CublasStatus.NotSupported;
        if (problem.LacksBias)
            return Bad("Matmul: the epilogue needs a bias pointer");
        if (AlgorithmOf(problem, algorithm, out var id) is not CublasStatus.Success and var unknown)
            return unknown;
        var needed = (ulong)problem.Workspaces[id];
        if (needed > workspaceBytes)
            return Bad($"Matmul: algorithm {id} needs {needed} bytes of workspace and was given {workspaceBytes}");
        var (by, plus) = (*alpha, *beta);
        var scratch = Access.Written(workspace, needed);
        var operands = problem.Accesses(a, b, c, d, plus);
        if (Complaint(operands, problem.D.At(d, write: true), scratch) is { } complaint)
            return Bad($"Matmul: {complaint}");
        var work = new Work($"Matmul with algorithm {id}", needed > 0 ? [.. operands, scratch] : operands,
            run => problem.Execute(run, by, a, b, plus, c, d, scratch),
            4000 + (double)problem.M * problem.N * problem.K * (4 - id) * 1e-4);
        return _driver.EnqueueLibraryWork(stream, work) switch
        {
            CudaStatus.Success => CublasStatus.Success,
            CudaStatus.InvalidValue or CudaStatus.InvalidHandle => CublasStatus.InvalidValue,
            _ => CublasStatus.ExecutionFailed,
        };
    });

    private static string? Complaint(IReadOnlyList<Access> operands, Access output, Access workspace)
    {
        if (operands.Any(access => !access.Write && access.Overlaps(output)))
            return "D overlaps another matrix";
        if (workspace.Bytes > 0 && operands.Any(access => access.Overlaps(workspace)))
            return "the workspace overlaps a matrix";
        return operands.Append(workspace).FirstOrDefault(access => access.Bytes > 0 && access.Address % 16 != 0) is { Bytes: > 0 } misaligned
            ? $"0x{misaligned.Address:x} is not a multiple of 16"
            : null;
    }

    private CublasStatus AlgorithmOf(MatmulProblem problem, CublasLtAlgorithm* algorithm, out int id)
    {
        id = 0;
        if (algorithm is null)
            return CublasStatus.Success;
        if (algorithm->Data[0] != Mark || algorithm->Data[1] >= (ulong)problem.Workspaces.Count)
            return Bad("Matmul: the algorithm was not made by MatmulAlgoGetHeuristic");
        if (algorithm->Data[2] != problem.Signature)
            return Bad("Matmul: the algorithm was found for another product");
        id = (int)algorithm->Data[1];
        return CublasStatus.Success;
    }

    private CublasStatus ProblemOf(string call, nint handle, nint operation, nint a, nint b, nint c, nint d, out MatmulProblem problem)
    {
        problem = null!;
        var handles = _driver.Handles;
        if (!handles.TryGet<CublasLtHandle>(handle, out _))
            return Bad($"{call}: {handles.Describe(handle, Handle)}");
        if (!handles.TryGet<MatmulDescriptor>(operation, out var descriptor))
            return Bad($"{call}: {handles.Describe(operation, Operation)}");
        var layouts = new MatrixLayout[4];
        foreach (var (i, layout) in ((nint[])[a, b, c, d]).Index())
            if (!handles.TryGet(layout, out layouts[i]))
                return Bad($"{call}: {handles.Describe(layout, Layout)}");
        problem = new MatmulProblem(descriptor, layouts[0], layouts[1], layouts[2], layouts[3]);
        return problem.Mismatch() is { } mismatch ? Bad($"{call}: {mismatch}") : CublasStatus.Success;
    }
}
