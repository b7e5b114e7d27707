using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Segmentation.Networks;

/// <summary>
/// A fully connected CRF over the pixels of a patch with Gaussian edge potentials (Krähenbühl and Koltun 2011), solved by mean-field iterations that
/// are recorded on the tape, so that it is trained with the network it follows (Zheng et al. 2015).
/// </summary>
/// <remarks>
/// The network's logits are the unary potentials. An iteration takes the softmax of the present logits, passes it through the two filters (appearance:
/// position and colour; smoothness: position), weights each kernel by a matrix over classes, adds both, and adds what the compatibility matrix makes of
/// that to the unary potentials. The filters are normalised on both sides, so that weights do not depend on the sigmas, and include the pixel itself.
/// Compatibilities carry their sign: the Potts model, a penalty of 1 on unlike labels, is 0 on the diagonal and −1 off it.
/// </remarks>
internal static class MeanFieldCrf
{
    private const string Appearance = "crf.appearance.weight", Smoothness = "crf.smoothness.weight", Compatibility = "crf.compatibility.weight";

    /// <summary>Iterations made where nothing is trained, for each of training.</summary>
    private const int MoreIterations = 2;

    /// <summary>Records the iterations.</summary>
    /// <param name="layers">Where and for what.</param>
    /// <param name="logits">(N, H, W, classes), the unary potentials.</param>
    /// <param name="colours">(N, H, W, 3) bytes: the pictures the network saw.</param>
    /// <param name="settings">The kernels, and how many iterations.</param>
    /// <returns>Logits (N, H, W, classes), whose softmax is the answer.</returns>
    /// <exception cref="Engine.EngineError">The sigmas are too small for patches of this size.</exception>
    public static Value Record(Layers layers, Value logits, Value colours, CrfSettings settings)
    {
        var tape = layers.Tape;
        using var scope = tape.Scope("crf");
        var (classes, mix) = (logits.Shape.C, ConvWindow.Square(1));
        var shape = new Shape(classes, 1, 1, classes);
        var (appearanceWeight, smoothnessWeight, compatibility) =
            (tape.Parameter(Appearance, shape), tape.Parameter(Smoothness, shape), tape.Parameter(Compatibility, shape));
        var appearance = tape.PermutohedralLattice(colours, settings.AppearancePositionSigma, settings.AppearanceColourSigma);
        var smoothness = tape.PermutohedralLattice(logits.Shape, settings.SmoothnessSigma);
        var present = logits;
        for (var i = 0; i < settings.Iterations * (layers.Mode == NetworkMode.Training ? 1 : MoreIterations); i++)
        {
            using var iteration = tape.Scope($"{i}");
            var probabilities = tape.Softmax(present);
            var message = tape.Conv2d(tape.LatticeFilter(probabilities, appearance), appearanceWeight, mix);
            message = tape.Conv2d(tape.LatticeFilter(probabilities, smoothness), smoothnessWeight, mix, residual: message);
            present = tape.Conv2d(message, compatibility, mix, residual: logits);
        }
        return present;
    }

    /// <summary>Whether a tensor is one of the layer's.</summary>
    public static bool Owns(Value value) => value.Name is Appearance or Smoothness or Compatibility;

    /// <summary>Gives the layer its first weights: each kernel's times the identity, and the Potts model.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="program">A program that has the layer.</param>
    /// <param name="settings">The weights.</param>
    public static void Initialise<T>(Program<T> program, CrfSettings settings) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var (name, diagonal, other) in new[]
        {
            (Appearance, settings.AppearanceWeight, 0.0), (Smoothness, settings.SmoothnessWeight, 0), (Compatibility, 0, -1),
        })
        {
            var value = program.Tape[name];
            var classes = value.Shape.C;
            program.Write(value, [.. Enumerable.Range(0, classes * classes).Select(i => T.CreateChecked(i / classes == i % classes ? diagonal : other))]);
        }
    }
}
