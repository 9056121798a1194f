"""Rows of nn: a layer or loss, and inputs; and expressions whose text, or error, is PyTorch's.

An input is ``kind:shape``: ``f`` normal, ``u`` within (0, 1), ``s`` -1 or 1, ``i5`` classes below 5, ``p``
probabilities along dimension 1; a leading ``!`` says that no gradient is asked for.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Row(NamedTuple):
    """A module and what it is called with."""

    make: Callable[[Any], Any]
    inputs: tuple[str, ...]
    rtol: float = 2e-5
    atol: float = 2e-6


def _row(make: Callable[[Any], Any], *inputs: str, **tolerances: float) -> Row:
    return Row(make, inputs, **tolerances)


IMAGE, VOLUME, SIGNAL = "f:2,4,6,5", "f:1,2,4,5,4", "f:2,4,7"

LAYERS = {
    "linear": _row(lambda nn: nn.Linear(3, 4), "f:5,3"),
    "linear 1d": _row(lambda nn: nn.Linear(3, 4), "f:3"),
    "linear 3d": _row(lambda nn: nn.Linear(3, 4), "f:2,5,3"),
    "linear no bias": _row(lambda nn: nn.Linear(3, 4, bias=False), "f:2,5,3"),
    "linear empty": _row(lambda nn: nn.Linear(3, 4), "f:0,3"),
    "bilinear": _row(lambda nn: nn.Bilinear(3, 2, 4), "f:5,3", "f:5,2"),
    "lazy linear": _row(lambda nn: nn.LazyLinear(4), "f:5,3"),
    "conv1d": _row(lambda nn: nn.Conv1d(4, 3, 3), SIGNAL),
    "conv2d": _row(lambda nn: nn.Conv2d(4, 3, 3), IMAGE),
    "conv2d all": _row(lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, False), IMAGE),
    "conv2d depthwise": _row(lambda nn: nn.Conv2d(4, 8, 3, padding=1, groups=4), IMAGE),
    "conv2d same": _row(lambda nn: nn.Conv2d(4, 3, (2, 3), padding="same"), IMAGE),
    "conv2d unbatched": _row(lambda nn: nn.Conv2d(4, 3, 1), "f:4,6,5"),
    "conv2d reflect": _row(lambda nn: nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect"), IMAGE),
    "conv2d circular": _row(lambda nn: nn.Conv2d(4, 3, 3, padding=(1, 2), padding_mode="circular"), IMAGE),
    "conv3d": _row(lambda nn: nn.Conv3d(2, 3, 2, padding=1), VOLUME),
    "conv transpose1d": _row(lambda nn: nn.ConvTranspose1d(4, 3, 3, 2, 1, 1), SIGNAL),
    "conv transpose2d": _row(lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), IMAGE),
    "conv transpose3d": _row(lambda nn: nn.ConvTranspose3d(2, 3, 2), VOLUME),
    "lazy conv2d": _row(lambda nn: nn.LazyConv2d(3, 3), IMAGE),
    "max pool1d": _row(lambda nn: nn.MaxPool1d(2), SIGNAL),
    "max pool2d": _row(lambda nn: nn.MaxPool2d(2), IMAGE),
    "max pool2d all": _row(lambda nn: nn.MaxPool2d((3, 2), 2, 1, 1, True, True), IMAGE),
    "max pool3d": _row(lambda nn: nn.MaxPool3d(2), VOLUME),
    "avg pool1d": _row(lambda nn: nn.AvgPool1d(3, 2, 1), SIGNAL),
    "avg pool2d": _row(lambda nn: nn.AvgPool2d(2, padding=1, count_include_pad=False), IMAGE),
    "avg pool3d": _row(lambda nn: nn.AvgPool3d(2), VOLUME),
    "adaptive avg pool1d": _row(lambda nn: nn.AdaptiveAvgPool1d(3), SIGNAL),
    "adaptive avg pool2d": _row(lambda nn: nn.AdaptiveAvgPool2d((4, None)), IMAGE),
    "adaptive avg pool2d one": _row(lambda nn: nn.AdaptiveAvgPool2d(1), IMAGE),
    "adaptive max pool2d": _row(lambda nn: nn.AdaptiveMaxPool2d((4, 2)), IMAGE),
    "lp pool2d": _row(lambda nn: nn.LPPool2d(2, 2), IMAGE),
    "batch norm1d": _row(lambda nn: nn.BatchNorm1d(4), "f:6,4"),
    "batch norm1d momentum": _row(lambda nn: nn.BatchNorm1d(4, momentum=None), SIGNAL),
    "batch norm2d": _row(lambda nn: nn.BatchNorm2d(4), IMAGE),
    "batch norm2d plain": _row(lambda nn: nn.BatchNorm2d(4, affine=False, track_running_stats=False), IMAGE),
    "batch norm3d": _row(lambda nn: nn.BatchNorm3d(2, bias=False), VOLUME),
    "lazy batch norm2d": _row(lambda nn: nn.LazyBatchNorm2d(), IMAGE),
    "instance norm1d": _row(lambda nn: nn.InstanceNorm1d(4), SIGNAL),
    "instance norm2d": _row(lambda nn: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), IMAGE),
    "instance norm2d unbatched": _row(lambda nn: nn.InstanceNorm2d(4), "f:4,6,5"),
    "layer norm": _row(lambda nn: nn.LayerNorm((6, 5)), IMAGE),
    # Five values a row: where they are close, the gradient is large and a difference of larger ones.
    "layer norm no bias": _row(lambda nn: nn.LayerNorm(5, bias=False), IMAGE, atol=5e-5),
    "group norm": _row(lambda nn: nn.GroupNorm(2, 4), IMAGE),
    "rms norm": _row(lambda nn: nn.RMSNorm(5), IMAGE),
    "local response norm": _row(lambda nn: nn.LocalResponseNorm(3), IMAGE),
    "dropout": _row(lambda nn: nn.Dropout(0.3), IMAGE),
    "dropout few": _row(lambda nn: nn.Dropout(0.5), "f:5"),
    "dropout all": _row(lambda nn: nn.Dropout(1.0), "f:5"),
    "dropout1d": _row(lambda nn: nn.Dropout1d(), SIGNAL),
    "dropout2d": _row(lambda nn: nn.Dropout2d(), IMAGE),
    "dropout3d": _row(lambda nn: nn.Dropout3d(0.2), "f:2,3,2,2,2"),
    "alpha dropout": _row(lambda nn: nn.AlphaDropout(0.4), IMAGE),
    "feature alpha dropout": _row(lambda nn: nn.FeatureAlphaDropout(0.4), IMAGE),
    "embedding": _row(lambda nn: nn.Embedding(5, 3), "i5:2,4"),
    "embedding padding": _row(lambda nn: nn.Embedding(5, 3, padding_idx=-2), "i5:2,4"),
    "embedding norm": _row(lambda nn: nn.Embedding(5, 3, max_norm=1.0), "i5:2,4"),
    "embedding frequency": _row(lambda nn: nn.Embedding(5, 3, scale_grad_by_freq=True), "i5:2,4"),
    "embedding bag": _row(lambda nn: nn.EmbeddingBag(5, 3), "i5:2,4"),
    "embedding bag sum": _row(lambda nn: nn.EmbeddingBag(5, 3, mode="sum", padding_idx=2), "i5:2,4"),
    "embedding bag max": _row(lambda nn: nn.EmbeddingBag(5, 3, mode="max"), "i5:2,4"),
    "multihead attention": _row(lambda nn: nn.MultiheadAttention(4, 2), "f:3,2,4", "f:5,2,4", "f:5,2,4"),
    "multihead attention all": _row(
        lambda nn: nn.MultiheadAttention(4, 2, 0.2, True, True, True, 3, 5, True), "f:2,3,4", "f:2,6,3", "f:2,6,5"
    ),
    "multihead attention unbatched": _row(lambda nn: nn.MultiheadAttention(4, 2, bias=False), *("f:3,4",) * 3),
    "rnn": _row(lambda nn: nn.RNN(3, 4, 2, nonlinearity="relu"), "f:5,2,3"),
    "lstm": _row(lambda nn: nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True), "f:2,5,3"),
    "lstm projection": _row(lambda nn: nn.LSTM(3, 4, proj_size=2), "f:5,3"),
    "gru": _row(lambda nn: nn.GRU(3, 4, bias=False), "f:5,2,3", "f:1,2,4"),
    "lstm cell": _row(lambda nn: nn.LSTMCell(3, 4), "f:2,3"),
    "gru cell": _row(lambda nn: nn.GRUCell(3, 4), "f:2,3", "f:2,4"),
    "rnn cell": _row(lambda nn: nn.RNNCell(3, 4), "f:3"),
    "transformer encoder": _row(
        lambda nn: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0.0), 2), "f:3,2,4", atol=1e-5
    ),
    "transformer decoder": _row(
        lambda nn: nn.TransformerDecoderLayer(4, 2, 8, 0.0, "gelu", norm_first=True), "f:3,2,4", "f:5,2,4", atol=1e-5
    ),
    "transformer": _row(
        lambda nn: nn.Transformer(4, 2, 1, 1, 8, 0.0, batch_first=True), "f:2,3,4", "f:2,5,4", atol=1e-5
    ),
    "prelu": _row(lambda nn: nn.PReLU(4), IMAGE),
    "rrelu": _row(lambda nn: nn.RReLU(), IMAGE),
    "flatten": _row(lambda nn: nn.Flatten(), IMAGE),
    "unflatten": _row(lambda nn: nn.Unflatten(1, (2, 2)), IMAGE),
    "fold": _row(lambda nn: nn.Fold((4, 5), (2, 3)), "f:2,12,9"),
    "unfold": _row(lambda nn: nn.Unfold((2, 3), stride=2, padding=1), IMAGE),
    "pixel shuffle": _row(lambda nn: nn.PixelShuffle(2), IMAGE),
    "pixel unshuffle": _row(lambda nn: nn.PixelUnshuffle(2), "f:1,2,4,6"),
    "channel shuffle": _row(lambda nn: nn.ChannelShuffle(2), IMAGE),
    "upsample nearest": _row(lambda nn: nn.Upsample(scale_factor=2), IMAGE),
    "upsample bilinear": _row(lambda nn: nn.Upsample((9, 4), mode="bilinear"), IMAGE),
    "upsample corners": _row(lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), IMAGE),
    "constant pad": _row(lambda nn: nn.ConstantPad2d((1, 0, 2, -1), 1.5), IMAGE),
    "zero pad": _row(lambda nn: nn.ZeroPad1d((1, 2)), SIGNAL),
    "reflection pad": _row(lambda nn: nn.ReflectionPad2d((1, 2, 0, 1)), IMAGE),
    "replication pad": _row(lambda nn: nn.ReplicationPad2d(1), IMAGE),
    "circular pad": _row(lambda nn: nn.CircularPad1d((1, 2)), SIGNAL),
    "pairwise distance": _row(lambda nn: nn.PairwiseDistance(keepdim=True), "f:5,3", "f:5,3"),
    "cosine similarity": _row(lambda nn: nn.CosineSimilarity(), "f:5,3", "f:5,3"),
    "weight norm": _row(lambda nn: nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), "f:5,3"),
    "spectral norm": _row(lambda nn: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)), "f:5,3", rtol=1e-4),
    "old weight norm": _row(lambda nn: nn.utils.weight_norm(nn.Conv2d(4, 2, 3), dim=1), IMAGE),
    "adaptive softmax": _row(lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], 2.0), "f:5,8", "i10:5"),
    # Gradients of weights before a batch norm are sums of what nearly cancels.
    "sequential": _row(
        lambda nn: nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(), nn.ReLU()), "f:6,3", atol=1e-5
    ),
}

ACTIVATIONS = (
    "CELU(0.5) ELU(0.5) GELU() GELU('tanh') GLU(2) Hardshrink() Hardsigmoid() Hardswish() Hardtanh(-0.5,0.7) "
    "LeakyReLU(0.2) LogSigmoid() LogSoftmax(1) Mish() ReLU() ReLU6() SELU() SiLU() Sigmoid() Softmax(-1) Softmax2d() "
    "Softmin(0) Softplus(2.0,1.0) Softshrink() Softsign() Tanh() Tanhshrink() Threshold(0.1,0.5)"
).split()
IN_PLACE = (
    "CELU ELU Hardsigmoid Hardswish Hardtanh LeakyReLU Mish ReLU ReLU6 SELU SiLU Dropout AlphaDropout Dropout2d".split()
)


def _losses() -> dict[str, Row]:
    """Each loss with each reduction."""
    binary, pair = ("f:4,3", "!u:4,3"), ("f:4,3", "f:4,3", "!s:4")
    calls = {
        "L1Loss": ("f:4,3", "f:4,3"),
        "MSELoss": ("f:4,3", "f:4,3"),
        "SmoothL1Loss": ("f:4,3", "f:4,3"),
        "HuberLoss": ("f:4,3", "f:4,3"),
        "BCELoss": ("u:4,3", "!u:4,3"),
        "BCEWithLogitsLoss": binary,
        "CrossEntropyLoss": ("f:4,3", "i3:4"),
        "NLLLoss": ("f:4,3", "i3:4"),
        "KLDivLoss": ("f:4,3", "!p:4,3"),
        "PoissonNLLLoss": binary,
        "GaussianNLLLoss": ("f:4,3", "f:4,3", "u:4,3"),
        "HingeEmbeddingLoss": ("f:4,3", "!s:4,3"),
        "MarginRankingLoss": ("f:4", "f:4", "!s:4"),
        "CosineEmbeddingLoss": pair,
        "TripletMarginLoss": ("f:4,3",) * 3,
        "TripletMarginWithDistanceLoss": ("f:4,3",) * 3,
        "SoftMarginLoss": ("f:4,3", "!s:4,3"),
        "MultiLabelSoftMarginLoss": ("f:4,3", "!u:4,3"),
        "MultiMarginLoss": ("f:4,3", "i3:4"),
        "MultiLabelMarginLoss": ("f:4,3", "i3:4,3"),
    }
    return {
        f"{name} {reduction}": Row(lambda nn, n=name, r=reduction: getattr(nn, n)(reduction=r), inputs)
        for name, inputs in calls.items()
        for reduction in ("none", "mean", "sum")
    }


LOSSES = _losses() | {
    "cross entropy pixels": _row(lambda nn: nn.CrossEntropyLoss(), "f:2,3,4,5", "i3:2,4,5"),
    "cross entropy unbatched": _row(lambda nn: nn.CrossEntropyLoss(), "f:3", "i3:"),
    "cross entropy ignore": _row(lambda nn: nn.CrossEntropyLoss(ignore_index=1), "f:6,3", "i3:6"),
    "cross entropy smooth": _row(lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1), "f:6,3", "i3:6"),
    "cross entropy smooth ignore": _row(
        lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=2), "f:6,3", "i3:6"
    ),
    "cross entropy soft": _row(lambda nn: nn.CrossEntropyLoss(), "f:6,3", "p:6,3"),
    "cross entropy soft smooth": _row(lambda nn: nn.CrossEntropyLoss(label_smoothing=0.2), "f:6,3", "!p:6,3"),
    "nll pixels": _row(lambda nn: nn.NLLLoss(reduction="none"), "f:2,3,4", "i3:2,4"),
    "kl batch mean": _row(lambda nn: nn.KLDivLoss(reduction="batchmean"), "f:4,3", "!p:4,3"),
    "kl log target": _row(lambda nn: nn.KLDivLoss(reduction="sum", log_target=True), "f:4,3", "f:4,3"),
    "poisson full": _row(lambda nn: nn.PoissonNLLLoss(log_input=False, full=True), "u:4,3", "!i9:4,3"),
    "triplet swap": _row(lambda nn: nn.TripletMarginLoss(swap=True, p=1.0), *("f:4,3",) * 3),
    "multi margin squared": _row(lambda nn: nn.MultiMarginLoss(p=2, margin=0.5), "f:4,3", "i3:4"),
    "smooth l1 beta": _row(lambda nn: nn.SmoothL1Loss(beta=0.3), "f:4,3", "f:4,3"),
}

ROWS = (
    LAYERS
    | LOSSES
    | {text: Row(lambda nn, t=text: eval(f"nn.{t}", {"nn": nn}), (IMAGE,)) for text in ACTIVATIONS}
    | {
        f"{name} in place": Row(
            lambda nn, n=name: nn.Sequential(nn.Linear(5, 5), getattr(nn, n)(inplace=True)), (IMAGE,)
        )
        for name in IN_PLACE
    }
)

# Expressions whose text, or whose error, is compared.
TEXTS = r"""
nn.Threshold(0.1, 20)
nn.Threshold(0.1, 20, inplace=True)
nn.ReLU()
nn.ReLU(inplace=True)
nn.RReLU()
nn.RReLU(0.1,0.3,True)
nn.Hardtanh()
nn.Hardtanh(-2,2,True)
nn.Hardtanh(2,-2)
nn.ReLU6()
nn.ReLU6(True)
nn.Sigmoid()
nn.Hardsigmoid(True)
nn.Tanh()
nn.SiLU(True)
nn.Mish()
nn.Hardswish()
nn.ELU(0.5)
nn.ELU(0.5,True)
nn.CELU(2.,True)
nn.SELU(True)
nn.GLU()
nn.GELU('tanh')
nn.Hardshrink(0.3)
nn.LeakyReLU()
nn.LogSigmoid()
nn.Softplus()
nn.Softshrink()
nn.Softsign()
nn.Tanhshrink()
nn.Softmin(1)
nn.Softmax()
nn.Softmax2d()
nn.LogSoftmax(2)
nn.PReLU(3)
nn.MultiheadAttention(4,2)
nn.MultiheadAttention(4,3)
nn.MultiheadAttention(4,2,kdim=3,add_bias_kv=True,bias=False)
nn.Linear(2,3)
nn.Linear(2,3,False)
nn.Bilinear(2,3,4)
nn.Identity(3,a=2)
nn.Conv1d(1,2,3)
nn.Conv2d(2, 4, (3, 5), stride=2, padding=1, dilation=2, groups=2, bias=False)
nn.Conv2d(2,4,3,padding='same',padding_mode='circular')
nn.Conv2d(2,4,3,padding='same',stride=2)
nn.Conv2d(3,4,3,groups=2)
nn.Conv2d(2,3,3,groups=2)
nn.Conv2d(2,3,3,groups=0)
nn.Conv3d(1,2,3,padding=(1,2,3))
nn.ConvTranspose1d(1,2,3)
nn.ConvTranspose2d(1,2,3,2,1,1)
nn.ConvTranspose2d(1,2,3,padding_mode='reflect')
nn.ConvTranspose3d(2,2,3,groups=2,bias=False)
nn.LazyConv2d(2,3)
nn.LazyLinear(3)
nn.LazyConvTranspose2d(2,3)
nn.LazyBatchNorm2d()
nn.LazyInstanceNorm1d()
nn.MaxPool1d(2)
nn.MaxPool2d(2,1,1,2,True,True)
nn.MaxPool3d((1,2,3))
nn.AvgPool1d(2)
nn.AvgPool2d(2,1)
nn.AvgPool3d((1,2,3))
nn.AdaptiveAvgPool1d(3)
nn.AdaptiveAvgPool2d((None,3))
nn.AdaptiveMaxPool3d(2)
nn.LPPool1d(2,3)
nn.LPPool2d(1.5,(2,3),2)
nn.MaxUnpool1d(2)
nn.MaxUnpool2d(2,3,1)
nn.FractionalMaxPool2d(2,output_size=3)
nn.FractionalMaxPool2d(2)
nn.BatchNorm1d(3)
nn.BatchNorm2d(3,affine=False,track_running_stats=False,momentum=None)
nn.BatchNorm3d(3,bias=False)
nn.SyncBatchNorm(3)
nn.InstanceNorm1d(3)
nn.InstanceNorm2d(3,affine=True,track_running_stats=True)
nn.LayerNorm(3)
nn.LayerNorm((2,3),bias=False)
nn.LayerNorm([2,3],elementwise_affine=False)
nn.GroupNorm(2,4)
nn.GroupNorm(2,5)
nn.RMSNorm(4)
nn.LocalResponseNorm(2)
nn.CrossMapLRN2d(2)
nn.Dropout()
nn.Dropout(0.1,True)
nn.Dropout(1.5)
nn.Dropout2d(0.3)
nn.AlphaDropout()
nn.FeatureAlphaDropout(0.2)
nn.Embedding(3,2)
nn.Embedding(3,2,padding_idx=-1,max_norm=1.,norm_type=3.,scale_grad_by_freq=True)
nn.Embedding(3,2,padding_idx=5)
nn.EmbeddingBag(3,2,mode='sum',padding_idx=1,max_norm=2.)
nn.L1Loss()
nn.MSELoss(reduction='sum')
nn.SmoothL1Loss(beta=2.)
nn.HuberLoss(delta=2.)
nn.CrossEntropyLoss(label_smoothing=0.1)
nn.CrossEntropyLoss(torch.ones(3)).state_dict()
nn.NLLLoss()
nn.BCELoss()
nn.BCEWithLogitsLoss(pos_weight=torch.ones(2))
nn.KLDivLoss(reduction='batchmean')
nn.PoissonNLLLoss()
nn.GaussianNLLLoss(eps=1e-3)
nn.HingeEmbeddingLoss(2.)
nn.MarginRankingLoss()
nn.CosineEmbeddingLoss()
nn.TripletMarginLoss(2.)
nn.TripletMarginLoss(-1)
nn.TripletMarginWithDistanceLoss()
nn.SoftMarginLoss()
nn.MultiLabelMarginLoss()
nn.MultiLabelSoftMarginLoss()
nn.MultiMarginLoss()
nn.MultiMarginLoss(3)
nn.CTCLoss()
nn.ConstantPad1d(2,3.5)
nn.ConstantPad2d((1,2,3,4),3.5)
nn.ZeroPad2d(1)
nn.ReflectionPad1d(2)
nn.ReplicationPad3d(1)
nn.CircularPad2d(1)
nn.Upsample(scale_factor=2)
nn.Upsample(size=(2,3),mode='bilinear')
nn.UpsamplingNearest2d(scale_factor=2)
nn.UpsamplingBilinear2d(size=3)
nn.PixelShuffle(2)
nn.PixelUnshuffle(2)
nn.ChannelShuffle(2)
nn.PairwiseDistance()
nn.CosineSimilarity()
nn.Flatten()
nn.Flatten(0,2)
nn.Unflatten(1,(2,3))
nn.Unflatten(1,3)
nn.Fold((4,5),2)
nn.Unfold(2,padding=1)
nn.RNN(2,3)
nn.RNN(2,3,2,'relu').mode
nn.LSTM(2, 3, num_layers=2, batch_first=True)
nn.LSTM(2,3,proj_size=2,bidirectional=True,dropout=0.5)
nn.LSTM(2,3,proj_size=3)
nn.GRU(2,3,bias=False)
nn.GRU(2,3,proj_size=1)
list(nn.LSTM(2,3,2,bidirectional=True,proj_size=2).state_dict())
nn.RNNCell(2,3,nonlinearity='relu')
nn.LSTMCell(2,3)
nn.GRUCell(2,3,False)
nn.TransformerEncoderLayer(4,2,8)
nn.TransformerDecoderLayer(4,2,8)
nn.Transformer(4,2,1,1,8)
nn.AdaptiveLogSoftmaxWithLoss(8,10,[2,5])
nn.AdaptiveLogSoftmaxWithLoss(8,10,[5,2])
nn.Sequential(nn.Linear(1,1),nn.Sequential(nn.ReLU()))
nn.ModuleList([nn.Linear(1,1),nn.Linear(1,1),nn.ReLU()])
nn.ModuleList([nn.Sequential(nn.ReLU(),nn.Tanh())]*3)
nn.ModuleDict({'a':nn.ReLU()})
nn.ParameterList([torch.ones(2,3), 5])
nn.ParameterDict({'w':torch.ones(2,3),'b':torch.ones(())})
nn.Module()
nn.Module(1)
nn.Module(a=1)
nn.Sequential(1)
nn.ModuleList([1])
nn.ModuleList(1)
nn.ModuleDict([1])
nn.ModuleDict(1)
nn.ModuleDict([(1,2,3)])
nn.ModuleDict({1:nn.ReLU()})
nn.ParameterDict({1:torch.ones(1)})
nn.ParameterList(torch.ones(1))
nn.Sequential(nn.ReLU())[3]
nn.Sequential(nn.ReLU())['a']
nn.ModuleList([nn.ReLU()])[-2]
nn.Sequential(nn.ReLU())+[1]
nn.Sequential(nn.ReLU())*2
nn.Sequential(nn.ReLU())*0
nn.Sequential(nn.ReLU()).insert(5,nn.ReLU())
nn.ParameterList([torch.ones(1)])[3]
nn.ReLU().foo
nn.ReLU().get_submodule('a.b')
nn.Linear(1,1).get_submodule('weight')
nn.Linear(1,1).get_buffer('weight')
nn.Linear(1,1).get_parameter('a')
nn.BatchNorm1d(1).get_parameter('running_mean')
nn.Linear(1,1).register_buffer('weight',None)
nn.Linear(1,1).register_buffer('a.b',None)
nn.Linear(1,1).register_buffer('',None)
nn.Linear(1,1).register_buffer(3,None)
nn.Linear(1,1).register_buffer('b',3)
nn.Linear(1,1).register_parameter('b',3)
nn.Linear(1,1).register_parameter('a.b',None)
nn.Linear(1,1).register_parameter('',None)
nn.Linear(1,1).register_parameter('q',torch.ones(1))
nn.Linear(1,1).add_module('weight',nn.ReLU())
nn.Linear(1,1).add_module('b',3)
nn.Linear(1,1).add_module('a.b',None)
nn.Linear(1,1).add_module('',None)
nn.Linear(1,1).add_module(3,None)
nn.Linear(1,1).__setattr__('weight',torch.ones(1))
nn.Linear(1,1).__setattr__('weight',3)
nn.Sequential(nn.ReLU()).__setattr__('0',3)
nn.BatchNorm1d(1).__setattr__('running_mean',3)
nn.Linear(1,1).train(1)
nn.Linear(1,1).to(torch.int64)
nn.Linear(1,1).load_state_dict([1])
nn.Linear(1,1).load_state_dict({})
nn.Linear(1,1).load_state_dict({'a':1,'weight':torch.ones(2,2),'bias':3})
nn.Linear(1,1).load_state_dict({'a':torch.ones(1)},strict=False)
nn.Linear(1,1).load_state_dict(nn.Linear(1,1).state_dict())
nn.Module()(1)
nn.Linear(1,1).set_submodule('',nn.ReLU())
nn.Linear(1,1).get_extra_state()
nn.Parameter(torch.ones(2))
nn.Parameter(torch.ones(2),False)
nn.Parameter()
nn.Parameter(torch.ones(2,dtype=torch.int64))
nn.Buffer(torch.ones(2))
isinstance(nn.Buffer(torch.ones(2)),nn.Buffer)
isinstance(torch.ones(2),nn.Parameter)
nn.LazyLinear(3).weight
nn.LazyLinear(3).weight.shape
nn.LazyLinear(3).state_dict()
nn.utils.parametrizations.weight_norm(nn.Linear(2,3))
nn.utils.clip_grad_norm_([],1.)
""".strip().splitlines()
