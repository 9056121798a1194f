"""Training and evaluation steps, each written once against PyTorch's API as ``make(torch) -> step()``.

A step returns a tensor whose value the caller may wait for. The same text runs on PyTorch and on compat; data come from
NumPy, initial values from ``manual_seed(0)``, so both must report the same first loss.
"""

import numpy as np


def _batch(n=64, pixels=784, classes=10):
    r = np.random.default_rng(0)
    return r.random((n, pixels), dtype=np.float32), r.integers(0, classes, n)


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
    images, labels = _batch(classes=2)
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
    images, labels = _batch(n=20 * 64, classes=2)
    x = torch.tensor(images).split(64)
    y = torch.tensor(labels[:, None].astype(np.float32)).split(64)
    batches = list(zip(x, y, strict=True))
    weights, bias = torch.randn(784, 1).requires_grad_(), torch.zeros(1).requires_grad_()

    def step():
        with torch.no_grad():
            hits = [(((xb @ weights + bias).sigmoid() > 0.5) == yb).float().mean() for xb, yb in batches]
            return torch.stack(hits).mean()

    return step


def mlp(torch):
    """784-128-10 perceptron, cross entropy, Adam."""
    nn, F = torch.nn, torch.nn.functional
    images, labels = _batch()
    x, t = torch.tensor(images), torch.tensor(labels)
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def deep(torch, layers=32, width=16):
    """32 layers of 16 units, SGD with momentum: many small operations, where the time goes into calling them."""
    nn = torch.nn
    images, labels = _batch(32, width)
    x, y = torch.tensor(images), torch.tensor(labels[:, None].astype(np.float32))
    hidden = [m for _ in range(layers - 1) for m in (nn.Linear(width, width), nn.Tanh())]
    model = nn.Sequential(*hidden, nn.Linear(width, 1))
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

    images, labels = _batch()
    x, t = torch.tensor(images.reshape(-1, 1, 28, 28)), torch.tensor(labels)
    model = ConvClassifier()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x), t))


def gpt(torch, width=128, context=64, batch=8, layers=4, heads=4, vocab=65):
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
    x, t = (torch.tensor(r.integers(0, vocab, (batch, context))) for _ in range(2))
    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-4)
    return _trainer(torch, model, optimizer, lambda m: F.cross_entropy(m(x).view(-1, vocab), t.view(-1)), clip=1.0)


WORKLOADS = {f.__name__: f for f in (logreg, accuracy, mlp, deep, conv, gpt)}
