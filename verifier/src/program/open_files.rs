//! Open files: each connection is one, and the usual soft limit of 1,024 is far below what the server accepts.

use farthing_verifier::server::CONNECTIONS_MAX;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The ledger with its companions, the readers', both sockets, the standard streams, and some room.
const OTHERS: u64 = 64;

/// Raises the soft limit to the hard one, and warns when that is too low.
pub(crate) fn allow_as_many_as_possible() {
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    if before.current != before.maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
    // No number means no limit.
    let needed = CONNECTIONS_MAX as u64 + OTHERS;
    if let Some(limit) = getrlimit(Resource::Nofile).current.filter(|limit| *limit < needed) {
        tracing::warn!(
            limit,
            needed,
            "too few open files are allowed for all connections; raise the limit (LimitNOFILE)"
        );
    }
}
