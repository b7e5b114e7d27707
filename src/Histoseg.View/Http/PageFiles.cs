using System.Text;
using Histoseg.Segmentation.Pages;

namespace Histoseg.View.Http;

/// <summary>The files of the page, which are in this library: a name either is one of them or is not, and no path is made of it.</summary>
internal static class PageFiles
{
    private const string Folder = "wwwroot/";

    private static readonly Dictionary<string, (byte[] Bytes, string Type)> _files = Read();

    /// <summary>A file by its path after the host, <c>/app.js</c>; null: there is none.</summary>
    public static (byte[] Bytes, string Type)? Find(string path) => _files.TryGetValue(path, out var file) ? file : null;

    private static Dictionary<string, (byte[], string)> Read()
    {
        var files = new Dictionary<string, (byte[], string)>(StringComparer.Ordinal);
        var assembly = typeof(PageFiles).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            // Built on Windows, the names have its slashes.
            var path = resource.Replace('\\', '/');
            if (!path.StartsWith(Folder, StringComparison.Ordinal))
                continue;
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files['/' + path[Folder.Length..]] = (bytes, TypeOf(path));
        }
        files["/theme.css"] = (Encoding.UTF8.GetBytes(WebPage.Theme), TypeOf("theme.css"));
        files["/"] = files["/index.html"];
        files.Remove("/index.html");
        return files;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
