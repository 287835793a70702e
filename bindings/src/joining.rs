//! Becoming a device of somebody's account, or a second one of one's own.

use crate::convert;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::opening::place;
use crate::runtime::{finish, while_wanted};
use crate::wallet::Wallet;
use farthing_core as core;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::wallet::{FolderLock, Place};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A phone that is about to become a device of an account. In memory only: a process that dies begins anew.
#[derive(uniffi::Object)]
pub struct Joining {
    code: String,
    begun: Arc<Mutex<Option<Begun>>>,
    keys: Arc<Keys>,
}

struct Begun {
    joining: core::wallet::Joining,
    place: Place,
    lock: FolderLock,
}

/// Answers the owner's code in an empty folder, and waits for the digits to compare. A caller that goes away ends it, and the
/// folder is free.
///
/// # Errors
/// What is wrong with the code, and what stands in the way of a wallet here.
#[uniffi::export]
pub async fn join(dir: String, keys: Arc<Keys>, link: String) -> Result<Arc<Joining>, Failure> {
    let (place, lock) = finish({
        let keys = Arc::clone(&keys);
        async move { place(&dir, &keys).await }
    })
    .await?;
    while_wanted(async move {
        let joining = core::wallet::Joining::scan(&place, &link).await?;
        let code = joining.code().to_string();
        let begun = Arc::new(Mutex::new(Some(Begun { joining, place, lock })));
        Ok(Arc::new(Joining { code, begun, keys }))
    })
    .await
}

#[uniffi::export]
impl Joining {
    /// The six digits that both people compare.
    #[must_use]
    pub fn code(&self) -> String {
        self.code.clone()
    }

    /// The person's answer, whether both phones show the same digits. After a yes: a wallet, once the owner has granted it. It
    /// signs with a key of its own, not with one in hardware. A caller that goes away before the owner's yes ends it, and the
    /// folder is free.
    pub async fn finish(&self, same: bool, name: Option<String>) -> Result<Arc<Wallet>, Failure> {
        let (begun, keys) = (Arc::clone(&self.begun), Arc::clone(&self.keys));
        let (granted, place, lock) = while_wanted(async move {
            let taken = begun.lock().await.take();
            let Begun { joining, place, lock } = taken.ok_or_else(|| Error::from(WalletError::PairingUnknown))?;
            Ok((joining.granted(&place, same).await?, place, lock))
        })
        .await?;
        finish(async move {
            let wallet = granted.join(&place, convert::text(name.as_ref())?).await?;
            Ok(Wallet::of(wallet, lock, keys.approver()))
        })
        .await
    }
}
