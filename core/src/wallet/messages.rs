//! Notes and requests to contacts. They are stored at once and sent when the network allows; `sync` goes on with them.

use super::Wallet;
use super::inner::Inner;
use crate::contacts::{self, Contact};
use crate::error::{Error, WalletError};
use crate::messaging::{self, Body, Hurry, Note, NoteBody, ReadMessages, SendMessages};
use crate::payment::Target;
use crate::store::{self, RequestState};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Name;
use farthing_protocol::limits::NOTE_MAX;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{Request, RequestId};
use farthing_protocol::text::Text;
use std::sync::Arc;

impl Wallet {
    /// Writes a few sentences to a contact.
    ///
    /// # Errors
    /// [`WalletError::ContactUnknown`], [`WalletError::ContactBlocked`], [`WalletError::OutboxFull`]. Trouble on the way to
    /// the verifier is none: the note waits.
    pub async fn write_note(&self, contact: &Name, text: Text<NOTE_MAX>) -> Result<(), Error> {
        self.write(contact, Body::Note(text)).await
    }

    /// Sends a request of ours to a contact, who can pay it without scanning anything.
    ///
    /// # Errors
    /// As [`Wallet::write_note`]; [`WalletError::RequestIdUnknown`], [`WalletError::RequestNotOpen`].
    pub async fn send_request(&self, contact: &Name, request: &RequestId) -> Result<(), Error> {
        let record = self.inner.engine().store().request(request)?.ok_or(WalletError::RequestIdUnknown)?;
        if !matches!(record.state, RequestState::Binding | RequestState::Open) {
            return Err(WalletError::RequestNotOpen.into());
        }
        self.write(contact, Body::Request(record.bytes)).await
    }

    pub(super) async fn write(&self, contact: &Name, body: Body) -> Result<(), Error> {
        self.writable(contact)?;
        // Nothing is sent before the verifier was heard. When it cannot be, the note waits.
        if let Err(error @ Error::Store(_)) = self.check_in().await {
            return Err(error);
        }
        let account = {
            let contact = self.writable(contact)?;
            let mut engine = self.inner.engine();
            let changes = messaging::queue(&mut engine, contact.account, body, self.inner.clocks.now())?;
            engine.apply(changes)?;
            contact.account
        };
        match self.run(SendMessages::hurrying(Hurry::To(account))).await {
            Err(error @ Error::Store(_)) => Err(error),
            _ => Ok(()),
        }
    }

    fn writable(&self, contact: &Name) -> Result<Contact, Error> {
        let contact = known(&self.inner.engine(), contact)?;
        contact.check_payable()?;
        Ok(contact)
    }

    /// What was written between us and a contact, oldest first; at most [`messaging::NOTES_MAX`] notes are kept.
    ///
    /// # Errors
    /// [`WalletError::ContactUnknown`].
    pub fn notes(&self, contact: &Name) -> Result<Vec<Note>, Error> {
        let engine = self.inner.engine();
        let contact = known(&engine, contact)?;
        let mut notes: Vec<Note> = store::kept_after(engine.store(), contact.account.as_bytes(), messaging::NOTES_MAX)?;
        notes.retain(|note| note.account == contact.account);
        Ok(notes)
    }

    /// What a note asks to be paid, to be prepared like any other request.
    ///
    /// # Errors
    /// [`WalletError::NotAPayee`] for a note that is no request.
    pub fn target_of(&self, note: &Note) -> Result<Target, Error> {
        let NoteBody::Request(bytes) = &note.body else { return Err(WalletError::NotAPayee.into()) };
        let request = Signed::<Request>::parse(bytes.as_slice())?;
        let url = self.inner.engine().profile().url.clone();
        Ok(Target::Request(Pointer::to(url.as_str(), &request)?))
    }
}

fn known(engine: &crate::engine::Engine, name: &Name) -> Result<Contact, Error> {
    contacts::by_name(engine.store(), name)?.ok_or(Error::Wallet(WalletError::ContactUnknown))
}

impl Inner {
    /// Sends what waits.
    pub(super) async fn send_messages(self: &Arc<Self>, hurry: Hurry) -> Result<(), Error> {
        self.drive(SendMessages::hurrying(hurry)).await.map(|_| ())
    }

    /// Reads the mailbox, and sends what that brought about.
    pub(super) async fn receive_messages(self: &Arc<Self>) -> Result<u64, Error> {
        let received = self.drive(ReadMessages::new()).await?;
        self.send_messages(Hurry::None).await?;
        Ok(received.messages)
    }
}
