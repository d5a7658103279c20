"""XXH3 with 64 bits and seed 0, written from its specification (xxHash, doc/xxhash_spec.md); slow."""

import struct

MASK = (1 << 64) - 1
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def u32(b, at):
    return struct.unpack_from("<I", b, at)[0]


def u64(b, at):
    return struct.unpack_from("<Q", b, at)[0]


def fold(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def swapped(v, size):
    return int.from_bytes(v.to_bytes(size, "little"), "big")


def rotated(v, n):
    return ((v << n) | (v >> (64 - n))) & MASK


def avalanche(h):
    h ^= h >> 37
    h = h * 0x165667919E3779F9 & MASK
    return h ^ (h >> 32)


def avalanche_old(h):
    h ^= h >> 33
    h = h * P64_2 & MASK
    h ^= h >> 29
    h = h * P64_3 & MASK
    return h ^ (h >> 32)


def up_to_16(b):
    n = len(b)
    if n == 0:
        return avalanche_old(u64(SECRET, 56) ^ u64(SECRET, 64))
    if n < 4:
        combined = (b[0] << 16) | (b[n >> 1] << 24) | b[n - 1] | (n << 8)
        return avalanche_old(combined ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    if n < 9:
        keyed = (u32(b, n - 4) + (u32(b, 0) << 32)) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        keyed ^= rotated(keyed, 49) ^ rotated(keyed, 24)
        keyed = keyed * 0x9FB21C651E98DF25 & MASK
        keyed ^= (keyed >> 35) + n
        keyed = keyed * 0x9FB21C651E98DF25 & MASK
        return keyed ^ (keyed >> 28)
    low = u64(b, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
    high = u64(b, n - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
    return avalanche((n + swapped(low, 8) + high + fold(low, high)) & MASK)


def mixed(b, at, key):
    return fold(u64(b, at) ^ u64(SECRET, key), u64(b, at + 8) ^ u64(SECRET, key + 8))


def up_to_240(b):
    n = len(b)
    acc = n * P64_1
    if n <= 128:
        for i in range((n - 1) // 32, -1, -1):
            acc += mixed(b, 16 * i, 32 * i) + mixed(b, n - 16 * (i + 1), 32 * i + 16)
        return avalanche(acc & MASK)
    for i in range(8):
        acc += mixed(b, 16 * i, 16 * i)
    acc = avalanche(acc & MASK)
    for i in range(8, n // 16):
        acc += mixed(b, 16 * i, 16 * (i - 8) + 3)
    return avalanche((acc + mixed(b, n - 16, 136 - 17)) & MASK)


def accumulate(acc, b, at, key):
    for i in range(8):
        value = u64(b, at + 8 * i)
        keyed = value ^ u64(SECRET, key + 8 * i)
        acc[i ^ 1] = (acc[i ^ 1] + value) & MASK
        acc[i] = (acc[i] + (keyed & 0xFFFFFFFF) * (keyed >> 32)) & MASK


def longer(b):
    n = len(b)
    acc = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    stripes = (n - 1) // 64
    for s in range(stripes):
        accumulate(acc, b, 64 * s, 8 * (s % 16))
        if s % 16 == 15:
            for i in range(8):
                acc[i] = ((acc[i] ^ (acc[i] >> 47)) ^ u64(SECRET, 128 + 8 * i)) * P32_1 & MASK
    accumulate(acc, b, n - 64, 192 - 64 - 7)
    result = n * P64_1
    for i in range(4):
        result += fold(acc[2 * i] ^ u64(SECRET, 11 + 16 * i), acc[2 * i + 1] ^ u64(SECRET, 19 + 16 * i))
    return avalanche(result & MASK)


def xxh3(b):
    """The hash of bytes, 0 to 2^64 - 1."""
    if len(b) <= 16:
        return up_to_16(b)
    return up_to_240(b) if len(b) <= 240 else longer(b)
