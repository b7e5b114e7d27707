using Histoseg.ConvertWeights;
using Histoseg.Export.Graph;

// Makes the weights that src/Histoseg.Weights holds; called by its build.
if (args is not [var network, var output])
{
    Console.Error.WriteLine("usage: Histoseg.ConvertWeights ResNet18.onnx resnet18.safetensors");
    return 2;
}
using var file = File.OpenRead(network);
new ResNet18Weights(ModelProto.Parser.ParseFrom(file).Graph).Convert().Save(output);
return 0;
