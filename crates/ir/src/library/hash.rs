//! Hashes of words and bytes, for the keys of maps.
//!
//! Each step multiplies two words to twice their width and folds the halves, so that every bit of the result depends
//! on all bits of both. A seed that nobody outside the process knows is in every factor: without it, keys that
//! collide are not to be made.

const ODD: [u64; 3] = [
    0x9e37_79b9_7f4a_7c15,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
];

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Where hashes start: chosen once in a process.
#[inline]
pub(super) fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(0u64))
}

/// The hash of a word.
#[inline]
pub(super) fn word(word: u64) -> u64 {
    let seed = seed();
    let first = fold(word ^ seed, ODD[0] ^ seed.rotate_left(23));
    // A word that makes the first factor zero is one of its kind.
    fold(first ^ word ^ ODD[1], ODD[2])
}

/// The hash of bytes.
#[inline]
pub(super) fn bytes(bytes: &[u8]) -> u64 {
    let seed = seed();
    let mut state = seed ^ (bytes.len() as u64).wrapping_mul(ODD[2]);
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        if after.is_empty() {
            break;
        }
        let [a, b] = halves(chunk);
        state = fold(a ^ ODD[0] ^ state, b ^ seed).wrapping_add(state.rotate_left(29));
        rest = after;
    }
    // At most sixteen bytes are left; what is read twice does no harm.
    let [a, b] = match (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (Some(a), Some(b)) => [u64::from_le_bytes(*a), u64::from_le_bytes(*b)],
        _ => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            (Some(a), Some(b)) => [u32::from_le_bytes(*a).into(), u32::from_le_bytes(*b).into()],
            _ => {
                let at = |n: usize| u64::from(rest.get(n).copied().unwrap_or(0));
                [at(0) | at(1) << 8 | at(2) << 16, 0]
            }
        },
    };
    let last = fold(a ^ ODD[1] ^ state, b ^ ODD[0] ^ seed);
    fold(last ^ state.rotate_left(32), ODD[2] ^ seed)
}

fn halves(chunk: &[u8; 16]) -> [u64; 2] {
    let [low, high] = [0, 8].map(|at| chunk[at..at + 8].try_into().unwrap_or([0; 8]));
    [u64::from_le_bytes(low), u64::from_le_bytes(high)]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    /// Keys as programs have them spread over both halves of the hash.
    #[test]
    fn hashes_spread() {
        let mut keys: Vec<Vec<u8>> = (0..40u32).map(|n| vec![7; n as usize]).collect();
        for n in 0..20_000u32 {
            keys.push(format!("key {n}").into_bytes());
            keys.push(format!("/usr/share/doc/some-package/{n}/README").into_bytes());
            keys.push(n.to_le_bytes().to_vec());
        }
        let hashes: Vec<u64> = keys.iter().map(|k| super::bytes(k)).collect();
        let words: Vec<u64> = (0..60_000u64).map(|n| super::word(n << 20)).collect();
        for hashes in [hashes, words] {
            let all: HashSet<u64> = hashes.iter().copied().collect();
            assert_eq!(all.len(), hashes.len());
            for shift in [0, 16, 32, 48] {
                let mut counts = vec![0u32; 1 << 10];
                for hash in &hashes {
                    counts[(hash >> shift & 1023) as usize] += 1;
                }
                // About 59 each.
                assert!(counts.iter().all(|c| (15..140).contains(c)));
            }
        }
    }
}
