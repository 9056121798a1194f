"""Training and evaluation steps, each written once against PyTorch's API as ``make(torch) -> step()``.

A step returns a tensor whose value the caller may wait for. The same text runs on PyTorch and on compat; data and
initial values come from NumPy, so that the steps written by hand in JAX see the same first loss.
"""

import numpy as np
from data import Initial, batch


def _begin(torch, model):
    """The model with its initial numbers: weights drawn, scales of normalizations 1, biases 0."""
    initial = Initial()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1:
                p.copy_(torch.tensor(initial(*p.shape)))
            else:
                p.fill_(float(name.endswith("weight")))
    return model


def _trainer(torch, model, optimizer, loss_of, clip=None):
    def step():
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        with torch.no_grad():
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
        return loss

    return step


def logreg(torch):
    """One layer of sigmoid, squared error, update by hand through ``.data``."""
    images, labels = batch(classes=2)
    x, y = torch.tensor(images), torch.tensor(labels[:, None].astype(np.float32))
    weights, bias = torch.zeros(784, 1).requires_grad_(), torch.zeros(1).requires_grad_()

    def step():
        loss = (((x @ weights + bias).sigmoid() - y) ** 2).mean()
        loss.backward()
        for leaf in (weights, bias):
            leaf.data -= 0.1 * leaf.grad.data
            leaf.grad.zero_()
        return loss

    return step


def accuracy(torch):
    """Validation accuracy of that layer over 20 batches, under no_grad."""
    images, labels = batch(20 * 64, classes=2)
    x = torch.tensor(images).split(64)
    y = torch.tensor(labels[:, None].astype(np.float32)).split(64)
    batches = list(zip(x, y, strict=True))
    weights, bias = torch.tensor(Initial()(784, 1)).requires_grad_(), torch.zeros(1).requires_grad_()

    def step():
        with torch.no_grad():
            hits = [(((xb @ weights + bias).sigmoid() > 0.5) == yb).float().mean() for xb, yb in batches]
            return torch.stack(hits).mean()

    return step


def mlp(torch):
    """784-128-10 perceptron, cross entropy, Adam."""
    nn, F = torch.nn, torch.nn.functional
    images, labels = batch()
    x, t = torch.tensor(images), torch.tensor(labels)
    model = _begin(torch, nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def lstm(torch, inputs=32, width=64, n=16, length=16):
    """LSTM of 64 units over 16 steps, classified by its last output, Adam."""
    nn, F = torch.nn, torch.nn.functional

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(inputs, width, batch_first=True), nn.Linear(width, 10)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    sequences, labels = batch(n, (length, inputs))
    x, t = torch.tensor(sequences), torch.tensor(labels)
    model = _begin(torch, Classifier())
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def deep(torch, layers=32, width=16, n=32):
    """32 layers of 16 units, SGD with momentum: many small operations, where the time goes into calling them."""
    nn = torch.nn
    images, labels = batch(n, (width,))
    x, y = torch.tensor(images), torch.tensor(labels[:, None].astype(np.float32))
    hidden = [m for _ in range(layers - 1) for m in (nn.Linear(width, width), nn.Tanh())]
    model = _begin(torch, nn.Sequential(*hidden, nn.Linear(width, 1)))
    optimizer = torch.optim.SGD(model.parameters(), 1e-3, momentum=0.9)
    return _trainer(torch, model, optimizer, lambda m: ((m(x) - y) ** 2).mean())


def conv(torch):
    """Two 5x5 convolutions with pooling and channel dropout on 1x28x28 images, SGD with momentum."""
    nn, F = torch.nn, torch.nn.functional

    class ConvClassifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 5, 5), nn.Conv2d(5, 16, 5)
            self.pool = nn.MaxPool2d(2)
            self.fc1, self.fc2 = nn.Linear(256, 20), nn.Linear(20, 10)

        def forward(self, x):
            x = F.relu(self.pool(self.conv1(x)))
            x = F.relu(self.pool(self.conv2(x)))
            x = F.dropout2d(x, training=self.training)
            return self.fc2(F.relu(self.fc1(x.view(-1, 256))))

    images, labels = batch()
    x, t = torch.tensor(images.reshape(-1, 1, 28, 28)), torch.tensor(labels)
    model = _begin(torch, ConvClassifier())
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def resblock(torch, channels=32, n=16, size=16):
    """Two residual blocks of 3x3 convolutions and batch norms on 32x16x16 maps, SGD with momentum."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

        def forward(self, x):
            h = F.relu(self.bn1(self.conv1(x)))
            return F.relu(x + self.bn2(self.conv2(h)))

    maps, labels = batch(n, (channels, size, size))
    x, t = torch.tensor(maps), torch.tensor(labels)
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model = _begin(torch, nn.Sequential(Block(), Block(), pooled, nn.Linear(channels, 10)))
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def gpt(torch, width=128, context=64, n=8, layers=4, heads=4, vocab=65):
    """Four-block causal transformer, AdamW, gradients clipped and step taken inside no_grad."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            b, t, d = x.shape
            q, k, v = (h.view(b, t, heads, d // heads).transpose(1, 2) for h in self.qkv(self.ln1(x)).split(d, dim=2))
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D/H)
            x = x + self.out(mixed.transpose(1, 2).reshape(b, t, d))
            return x + self.down(F.gelu(self.up(self.ln2(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tok = nn.Embedding(vocab, width)
            self.pos = nn.Parameter(torch.zeros(context, width))
            self.blocks = nn.Sequential(*[Block() for _ in range(layers)])
            self.ln, self.head = nn.LayerNorm(width), nn.Linear(width, vocab)

        def forward(self, tokens):
            return self.head(self.ln(self.blocks(self.tok(tokens) + self.pos)))

    r = np.random.default_rng(0)
    x, t = (torch.tensor(r.integers(0, vocab, (n, context))) for _ in range(2))
    model = _begin(torch, GPT())
    optimizer = torch.optim.AdamW(model.parameters(), 3e-4)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x).view(-1, vocab), t.view(-1)), clip=1.0)


WORKLOADS = {f.__name__: f for f in (logreg, accuracy, mlp, lstm, deep, conv, resblock, gpt)}
