// Loads what `engine infer` found into the slides of a QuPath project (QuPath 0.5 and later).
//
// Open a project, Automate → Script editor, set the folder below, then Run for this slide, or Run → Run for project for all.
// Outlines come from model-outputs-geojson, packed (--output geojson-gz) or not. A slide without results is told and left as it is.

import qupath.lib.io.PathIO

def results = "/path/to/out"  // the folder given to `engine infer -o`
def replace = true            // take away annotations of the same classes that are there already

def slide = new File(getCurrentServer().getURIs()[0].getPath()).getName()
def name = slide.contains(".") ? slide.substring(0, slide.lastIndexOf(".")) : slide
def file = [".geojson", ".geojson.gz"].collect { new File(results, "model-outputs-geojson/" + name + it) }.find { it.exists() }
if (file == null) {
    println "${name}: no outlines in ${results}"
    return
}
def found = PathIO.readObjects(file)
if (replace) {
    def classes = found.collect { it.getPathClass() } as Set
    removeObjects(getAnnotationObjects().findAll { classes.contains(it.getPathClass()) }, true)
}
addObjects(found)
resolveHierarchy()
println "${name}: ${found.size()} regions, " + found.groupBy { it.getPathClass() }.collect { key, value -> "${value.size()} ${key}" }.join(", ")
