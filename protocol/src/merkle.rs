//! The Merkle tree of RFC 9162 §2.1 over SHA-256: roots, inclusion proofs, consistency proofs.
//!
//! A leaf is hashed as `SHA-256(00 ‖ leaf)`, two nodes as `SHA-256(01 ‖ left ‖ right)`; a tree of n leaves splits at the largest
//! power of two below n. So a complete subtree never changes again, and whoever keeps those can prove everything else.
//!
//! ```
//! use farthing_protocol::merkle::{consistency, follows, inclusion, includes, leaf, root, Leaves};
//! let leaves: Vec<_> = [b"a", b"b", b"c"].map(|bytes| leaf(bytes)).into();
//! let (two, three) = (root(2, &mut Leaves(&leaves))?, root(3, &mut Leaves(&leaves))?);
//! assert!(includes(&three, 3, 1, &leaf(b"b"), &inclusion(1, 3, &mut Leaves(&leaves))?));
//! assert!(follows(&three, 3, &two, 2, &consistency(2, 3, &mut Leaves(&leaves))?));
//! # Ok::<(), farthing_protocol::merkle::NoLeaf>(())
//! ```

use crate::id::Digest;

/// Hashes of a path; a tree of 2^63 leaves has no longer one.
pub const PATH_MAX: usize = 64;

/// Complete subtrees of a tree: what proofs are made of.
pub trait Subtrees {
    /// Why one cannot be had.
    type Error;

    /// The hash of the complete subtree of `2^height` leaves that begins at leaf `number · 2^height`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn subtree(&mut self, height: u32, number: u64) -> Result<Digest, Self::Error>;
}

/// Subtrees that are computed from the hashes of all leaves: for trees that fit into memory.
#[derive(Clone, Copy, Debug)]
pub struct Leaves<'a>(pub &'a [Digest]);

/// A leaf was asked for that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree has no such leaf")]
pub struct NoLeaf;

impl Subtrees for Leaves<'_> {
    type Error = NoLeaf;

    fn subtree(&mut self, height: u32, number: u64) -> Result<Digest, NoLeaf> {
        let size = 1_usize.checked_shl(height).ok_or(NoLeaf)?;
        let from = usize::try_from(number).ok().and_then(|number| number.checked_mul(size)).ok_or(NoLeaf)?;
        let to = from.checked_add(size).ok_or(NoLeaf)?;
        Ok(complete(self.0.get(from..to).ok_or(NoLeaf)?))
    }
}

/// The hash over a power of two of hashes.
fn complete(hashes: &[Digest]) -> Digest {
    match hashes {
        [] => empty(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node(&complete(left), &complete(right))
        }
    }
}

/// The root of no leaves.
#[must_use]
pub fn empty() -> Digest {
    Digest::of(&[])
}

/// The hash of a leaf.
#[must_use]
pub fn leaf(bytes: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], bytes])
}

/// The hash of two subtrees.
#[must_use]
pub fn node(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root over the first `size` leaves.
///
/// # Errors
/// What the subtrees say.
pub fn root<S: Subtrees>(size: u64, subtrees: &mut S) -> Result<Digest, S::Error> {
    if size == 0 { Ok(empty()) } else { range(0, size, subtrees) }
}

/// The hash over `size` leaves from `start`, which the tree's own splits lead to.
fn range<S: Subtrees>(start: u64, size: u64, subtrees: &mut S) -> Result<Digest, S::Error> {
    if size.is_power_of_two() {
        return subtrees.subtree(size.trailing_zeros(), start / size);
    }
    let split = split(size);
    let left = range(start, split, subtrees)?;
    Ok(node(&left, &range(start + split, size - split, subtrees)?))
}

/// The largest power of two below `size`, which is 2 or more.
const fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The proof that leaf `index` is among the first `size` (RFC 9162 §2.1.3.1), from the leaf up. Empty when it is not among them.
///
/// # Errors
/// What the subtrees say.
pub fn inclusion<S: Subtrees>(index: u64, size: u64, subtrees: &mut S) -> Result<Vec<Digest>, S::Error> {
    let (mut start, mut size) = (0, if index < size { size } else { 1 });
    let mut path = Vec::new();
    while size > 1 {
        let split = split(size);
        if index - start < split {
            path.push(range(start + split, size - split, subtrees)?);
            size = split;
        } else {
            path.push(range(start, split, subtrees)?);
            (start, size) = (start + split, size - split);
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `size` leaves begin with the first `older` (RFC 9162 §2.1.4.1). Empty when `older` is 0 or not below
/// `size`: then there is nothing to prove, or it cannot be.
///
/// # Errors
/// What the subtrees say.
pub fn consistency<S: Subtrees>(older: u64, size: u64, subtrees: &mut S) -> Result<Vec<Digest>, S::Error> {
    let mut path = Vec::new();
    if older == 0 || older >= size {
        return Ok(path);
    }
    let (mut start, mut rest, mut size, mut whole) = (0, older, size, true);
    while rest != size {
        let split = split(size);
        if rest <= split {
            path.push(range(start + split, size - split, subtrees)?);
            size = split;
        } else {
            path.push(range(start, split, subtrees)?);
            (start, rest, size, whole) = (start + split, rest - split, size - split, false);
        }
    }
    if !whole {
        path.push(range(start, rest, subtrees)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that leaf `index` of the tree with this root and size has this hash (RFC 9162 §2.1.3.2).
#[must_use]
pub fn includes(root: &Digest, size: u64, index: u64, leaf: &Digest, path: &[Digest]) -> bool {
    if index >= size {
        return false;
    }
    let (mut number, mut last, mut hash) = (index, size - 1, *leaf);
    for other in path {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            hash = node(other, &hash);
            up(&mut number, &mut last);
        } else {
            hash = node(&hash, other);
        }
        (number, last) = (number >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `path` proves that the tree of `size` leaves begins with the one of `older` (RFC 9162 §2.1.4.2). A tree follows itself
/// and the empty tree, without a path.
#[must_use]
pub fn follows(root: &Digest, size: u64, older_root: &Digest, older: u64, path: &[Digest]) -> bool {
    if older == size {
        return path.is_empty() && root == older_root;
    }
    if older == 0 {
        return path.is_empty() && *older_root == empty();
    }
    if older > size {
        return false;
    }
    // A complete older tree is itself the first node of the path.
    let (first, rest) = if older.is_power_of_two() {
        (older_root, path)
    } else {
        let Some((first, rest)) = path.split_first() else { return false };
        (first, rest)
    };
    let (mut number, mut last) = (older - 1, size - 1);
    while number & 1 == 1 {
        (number, last) = (number >> 1, last >> 1);
    }
    let (mut before, mut after) = (*first, *first);
    for other in rest {
        if last == 0 {
            return false;
        }
        if number & 1 == 1 || number == last {
            (before, after) = (node(other, &before), node(other, &after));
            up(&mut number, &mut last);
        } else {
            after = node(&after, other);
        }
        (number, last) = (number >> 1, last >> 1);
    }
    last == 0 && before == *older_root && after == *root
}

/// Levels at which the node has no sibling.
const fn up(number: &mut u64, last: &mut u64) {
    while *number & 1 == 0 && *number != 0 {
        (*number, *last) = (*number >> 1, *last >> 1);
    }
}
