//! What to ask the verifier, in what order, and how: the network behind a trait, signed reads, and the operations that
//! read and act.

mod acts;
mod certify;
mod entries;
mod http;
mod listen;
mod logged;
mod network;
mod read;
mod refresh;
mod roots;
mod tls;

pub use acts::{FlushActs, FlushedActs};
pub(crate) use acts::{cancel_act, header, records, sign_register, withdraw_act};
pub(crate) use certify::Certify;
pub use entries::{PullEntries, Pulled};
pub use http::HttpNetwork;
pub(crate) use listen::OpenStream;
pub use listen::{EventFuture, EventParser, EventStream, ListenFuture, Listening, ServerEvent};
pub(crate) use logged::LoggedNetwork;
pub use network::{CallFuture, Network, NetworkError};
pub use read::Heard;
pub(crate) use read::{SignedRead, authority, problem_of, undone};
pub use refresh::Refresh;
pub(crate) use refresh::{read_status, status_call};
