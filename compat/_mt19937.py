"""The Mersenne Twister behind every random tensor, with PyTorch's CPU seeding, draws and state layout.

PyTorch's CPU generator is MT19937 seeded from one 32-bit word, which NumPy has as ``RandomState``'s seeding; what
differs is how words become numbers (`compat._streams`) and how the state is laid out in bytes (here).
"""

from __future__ import annotations

import secrets
import struct
import threading

import numpy as np

WORDS = 624
DEFAULT_SEED = 67280421310721  # of every new Generator
# initial seed, left, seeded, next, the state's words (64 bits each), x, y and rho of the cached normal, its validity;
# then a cached float32 normal and its validity, which the CPU's streams never use.
_LEGACY = struct.Struct(f"<QiiQ{8 * WORDS}sdddi4x")
_STATE_BYTES = _LEGACY.size + 8
_FEW = 64  # draws below which the plain call beats the vectorised one


class Mt19937:
    """One stream of random words, and the normal sample left over from the last pair.

    Attributes:
      lock: Held while a function draws, so that threads take whole blocks each.
      spare_normal: The second sample of the last pair, None when there is none.
      starts: How often the stream was started anew.
    """

    __slots__ = ("_bits", "_fresh", "_numbers", "_seed", "lock", "spare_normal", "starts")

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._bits = np.random.MT19937()
        self._numbers = np.random.Generator(self._bits)
        self.lock = threading.RLock()
        self.starts = 0
        self.reseed(seed)

    @property
    def seed_value(self) -> int:
        """The seed this stream started from, as an unsigned 64-bit number."""
        return self._seed

    def reseed(self, seed: int) -> None:
        """Start the stream of a seed.

        Args:
          seed: From -2**63 to 2**64 - 1; only its lowest 32 bits choose the stream, as in PyTorch.

        Raises:
          ValueError: PyTorch's text, beyond that range.
        """
        if not -(1 << 63) <= seed < 1 << 64:
            raise ValueError("Overflow when unpacking long long")
        seed %= 1 << 64
        state = np.random.RandomState(seed % (1 << 32)).get_state(legacy=False)
        with self.lock:
            self._bits.state = state
            self._seed, self._fresh, self.spare_normal = seed, True, None
            self.starts += 1

    def words(self, n: int) -> np.ndarray:
        """Draw ``n`` 32-bit words, uint32 (n,)."""
        self._fresh = self._fresh and n == 0
        if n < _FEW:
            return self._bits.random_raw(n).astype(np.uint32)
        return self._numbers.integers(0, 1 << 32, n, dtype=np.uint32)

    def long_words(self, n: int) -> np.ndarray:
        """Draw ``n`` 64-bit words, each two 32-bit ones, the high half first, uint64 (n,)."""
        self._fresh = self._fresh and n == 0
        return self._numbers.integers(0, 1 << 64, n, dtype=np.uint64)

    def doubles(self, n: int) -> np.ndarray:
        """Draw ``n`` float64 numbers in [0, 1) of 53 bits each, (n,)."""
        bits = self.long_words(n)
        bits &= np.uint64((1 << 53) - 1)
        return bits.view(np.int64) * (1.0 / (1 << 53))

    def double(self) -> float:
        """Draw one float64 number in [0, 1)."""
        self._fresh = False
        high, low = self._bits.random_raw(2).tolist()
        return ((high << 32 | low) & ((1 << 53) - 1)) / (1 << 53)

    # ------------------------------------------------------------ the state, in PyTorch's own bytes
    def state_bytes(self) -> bytes:
        """Return the state as the bytes of ``torch.Generator.get_state()``."""
        with self.lock:
            state = self._bits.state["state"]
            position = int(state["pos"])
            # Torch counts the words left before the next twist; a new stream has not twisted, and stands at 0.
            left = 1 if position == WORDS else WORDS + 1 - position
            words = np.asarray(state["key"], np.uint64).tobytes()
            spare = self.spare_normal
            legacy = _LEGACY.pack(
                self._seed, left, 1, 0 if self._fresh else position, words, 0.0, spare or 0.0, 0.0, spare is not None
            )
        return legacy + bytes(8)

    def load_state_bytes(self, state: bytes) -> None:
        """Continue from what `state_bytes` or PyTorch's ``get_state`` returned.

        Args:
          state: 5056 bytes.

        Raises:
          RuntimeError: PyTorch's text, if the size is another or the contents are no such state.
        """
        if len(state) != _STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE_BYTES} but found the input RNG state "
                f"size to be {len(state)}"
            )
        seed, left, seeded, following, words, _, spare, _, has_spare = _LEGACY.unpack(state[: _LEGACY.size])
        if not (seeded and 0 < left <= WORDS and following <= WORDS):
            raise RuntimeError("Invalid mt19937 state")
        key = np.frombuffer(words, np.uint64).astype(np.uint32)
        position = WORDS if left == 1 else following
        with self.lock:
            self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}
            self._seed, self._fresh = seed, left == 1 and following == 0
            self.spare_normal = spare if has_spare else None
            self.starts += 1

    def copy_from(self, other: Mt19937) -> None:
        """Continue from where another stream stands."""
        self.load_state_bytes(other.state_bytes())


def nondeterministic_seed() -> int:
    """Return a seed from the operating system's randomness, 64 bits."""
    return secrets.randbits(64)
