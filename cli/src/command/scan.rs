//! `farthing scan`: says what something is and whether it is genuine; does nothing.

use super::{input, json};
use crate::args::Scan;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::operation::views::LookView;
use crate::output::Output;
use crate::session::Session;
use crate::show;
use farthing_core::Error;
use farthing_core::enrol;
use farthing_core::error::WalletError;
use farthing_core::keys::SystemEntropy;
use farthing_core::scan::{Scanned, text};
use farthing_core::sync::HttpNetwork;
use farthing_protocol::cose::Signed;
use farthing_protocol::invite::Invite;
use farthing_protocol::pairing::Purpose;
use farthing_protocol::time::Time;

pub(super) async fn run(args: Scan, context: &Context) -> Result<Output, Failure> {
    let target = input::text_of(&args.input)?;
    let view = match text::recognise(&target).map_err(Error::from)? {
        Scanned::Invite(invite) => look_at_invite(&invite).await?,
        // Nobody vouches for a pairing code before two people have compared six digits.
        Scanned::Pairing(offer) => LookView {
            kind: "pairing".to_owned(),
            genuine: false,
            details: serde_json::json!({
                "purpose": match offer.purpose { Purpose::Contact => "contact", Purpose::Device => "device" },
                "verifier": offer.verifier.to_hex(),
                "message": "A pairing code: it is genuine when both phones show the same six digits.",
            }),
        },
        _ => {
            let mut session = Session::open(context).await?;
            let view = session.ask::<LookView>(Operation::Look { target }).await;
            session.close().await;
            view?
        }
    };
    Ok(Output::new(&json(&view)?, show::look(&view)))
}

/// Asks the verifier that the invite names, without enrolling; needs no wallet.
async fn look_at_invite(invite: &Signed<Invite>) -> Result<LookView, Failure> {
    let claims = invite.claims();
    let network = HttpNetwork::new(claims.url.as_str(), claims.tls);
    let mut details = serde_json::json!({
        "verifier": claims.verifier.to_hex(),
        "url": claims.url.as_str(),
        "expires": claims.expires.map(Time::to_rfc3339),
        "open": claims.code.is_none(),
    });
    let mut no = |why: WalletError, genuine: bool| {
        if let Some(details) = details.as_object_mut() {
            details.insert("problem".to_owned(), why.kind().into());
            details.insert("message".to_owned(), why.to_string().into());
        }
        genuine
    };
    let genuine = match enrol::greet(&network, invite, &mut SystemEntropy::new()).await {
        Ok(_) => true,
        Err(Error::Wallet(why @ WalletError::InviteExpired)) => no(why, true),
        Err(Error::Wallet(why @ (WalletError::InviteForged | WalletError::WrongRoot))) => no(why, false),
        Err(error) => return Err(error.into()),
    };
    Ok(LookView { kind: "invite".to_owned(), genuine, details })
}
