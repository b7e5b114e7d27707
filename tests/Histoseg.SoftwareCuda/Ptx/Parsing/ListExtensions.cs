namespace Histoseg.SoftwareCuda.Ptx.Parsing;

internal static class ListExtensions
{
    public static int ElementAtOrDefault(this List<int> list, int index, int otherwise) => index < list.Count ? list[index] : otherwise;
}
