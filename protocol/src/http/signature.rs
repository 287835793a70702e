//! Signed reads: HTTP Message Signatures (RFC 9421) by a device's session key, or by an account key that restores.
//!
//! Covered, in this order: `@method`, `@path`, `@query`, `@authority`, `content-digest` (RFC 9530, sha-256). Parameters:
//! `created` (seconds), `nonce` (32 hex digits), `alg` `ed25519`, `keyid` (the device or the account in hex), `tag` `farthing/1/` + the
//! verifier's identity in hex. A call that covers anything else is refused, so that nothing that
//! matters can be left out.
//!
//! ```
//! use farthing_protocol::{http::{Call, signature}, id::*, key::{Ed25519Key, Signer as _}, time::Time};
//! let (session, device) = (Ed25519Key::from_seed([1; 32]), DeviceId::new([2; 16]));
//! let verifier = VerifierId::new([3; 32]);
//! let mut call = Call::get("/v1/account", "");
//! signature::sign(&mut call, "pay.example.org", &verifier, &device, Time::from_ms(1_800_000_000_000), &Nonce::new([4; 16]), &session)?;
//! let read = signature::read(&call, "pay.example.org", &verifier)?;
//! assert_eq!(read.keyid.as_device(), device);
//! read.verify(session.public())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{Call, SignatureHeaders};
use crate::error::{Malformed, SignError, Unverified};
use crate::id::{Digest, KeyId, Nonce, VerifierId};
use crate::key::{Algorithm, PublicKey, Signature, Signer};
use crate::time::Time;
use data_encoding::BASE64;
use httpsig::prelude::{
    HttpSigError, HttpSignatureBase, HttpSignatureHeaders, HttpSignatureParams,
    message_component::{HttpMessageComponent, HttpMessageComponentId},
};

const COVERED: [&str; 5] = ["@method", "@path", "@query", "@authority", "content-digest"];
const LABEL: &str = "sig";
/// Longest signature header that is parsed: ours have about 350 bytes.
const HEADER_MAX: usize = 1024;

/// What a signed read says of itself.
#[derive(Clone)]
pub struct ReadSignature {
    /// When it was signed, in whole seconds.
    pub created: Time,
    /// The caller's random bytes; the answer's head repeats them.
    pub nonce: Nonce,
    /// Who signed: a device, or an account.
    pub keyid: KeyId,
    base: Vec<u8>,
    signature: Signature,
}

/// Signs a read: sets the call's signature headers. The signer is a device's session key, or the account key.
///
/// # Errors
/// [`SignError`] when the signer fails.
pub fn sign(
    call: &mut Call,
    authority: &str,
    verifier: &VerifierId,
    keyid: impl Into<KeyId>,
    created: Time,
    nonce: &Nonce,
    signer: &dyn Signer,
) -> Result<(), SignError> {
    let content_digest = content_digest(&call.body);
    let params = parameters(verifier, &keyid.into(), created, nonce).map_err(|_| SignError)?;
    let base = base(call, authority, &content_digest, &params).map_err(|_| SignError)?;
    let signature = signer.sign(&base)?;
    call.signature = Some(SignatureHeaders {
        content_digest,
        signature_input: format!("{LABEL}={params}"),
        signature: format!("{LABEL}=:{}:", BASE64.encode(signature.as_bytes())),
    });
    Ok(())
}

/// Reads the signature headers of a call that reached `authority`.
///
/// # Errors
/// [`Malformed`] when they are missing, cover anything but the list, or are meant for another verifier.
pub fn read(call: &Call, authority: &str, verifier: &VerifierId) -> Result<ReadSignature, Malformed> {
    const WRONG: Malformed = Malformed::Value("the call's signature headers are missing or not of the profile");
    let headers = call.signature.as_ref().ok_or(WRONG)?;
    if headers.signature.len() > HEADER_MAX || headers.signature_input.len() > HEADER_MAX {
        return Err(Malformed::TooLarge { limit: HEADER_MAX });
    }
    if headers.content_digest != content_digest(&call.body) {
        return Err(Malformed::Value("the content digest does not match the body"));
    }
    let parsed = HttpSignatureHeaders::try_parse(&headers.signature, &headers.signature_input).map_err(|_| WRONG)?;
    let (Some(only), 1) = (parsed.get(LABEL), parsed.len()) else { return Err(WRONG) };
    let found = only.signature_params();
    let created = found.created.ok_or(WRONG)?;
    let nonce = found.nonce.as_deref().and_then(Nonce::from_hex).ok_or(WRONG)?;
    let keyid = found.keyid.as_deref().and_then(KeyId::from_hex).ok_or(WRONG)?;
    // What must be covered is what we would have signed ourselves, to the letter.
    let created = Time::from_ms(created.saturating_mul(1000));
    let expected = parameters(verifier, &keyid, created, &nonce).map_err(|_| WRONG)?;
    if headers.signature_input != format!("{LABEL}={expected}") {
        return Err(WRONG);
    }
    let base = base(call, authority, &headers.content_digest, &expected).map_err(|_| WRONG)?;
    let text = headers.signature.strip_prefix("sig=:").and_then(|t| t.strip_suffix(':')).ok_or(WRONG)?;
    let signature = BASE64.decode(text.as_bytes()).ok().and_then(|b| Signature::from_slice(&b)).ok_or(WRONG)?;
    Ok(ReadSignature { created, nonce, keyid, base, signature })
}

impl core::fmt::Debug for ReadSignature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ReadSignature({:?}, {:?}, signature redacted)", self.keyid, self.created)
    }
}

impl ReadSignature {
    /// Checks the signature with the session key of the device, or the account's key.
    ///
    /// # Errors
    /// [`Unverified::BadSignature`], [`Unverified::WrongAlgorithm`] for a key that is not Ed25519, as the headers say it is.
    pub fn verify(&self, key: &PublicKey) -> Result<(), Unverified> {
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(Unverified::WrongAlgorithm);
        }
        key.verify(&self.base, &self.signature)
    }
}

/// The `Content-Digest` of a body (RFC 9530 §2).
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(Digest::of(body).as_bytes()))
}

fn parameters(
    verifier: &VerifierId,
    keyid: &KeyId,
    created: Time,
    nonce: &Nonce,
) -> Result<HttpSignatureParams, HttpSigError> {
    let covered_components =
        COVERED.iter().map(|name| HttpMessageComponentId::try_from(*name)).collect::<Result<Vec<_>, _>>()?;
    Ok(HttpSignatureParams {
        created: Some(created.as_s()),
        expires: None,
        nonce: Some(nonce.to_hex()),
        alg: Some("ed25519".to_owned()),
        keyid: Some(keyid.to_hex()),
        tag: Some(format!("farthing/1/{verifier}")),
        covered_components,
    })
}

/// The signature base of RFC 9421 §2.5.
fn base(
    call: &Call,
    authority: &str,
    content_digest: &str,
    params: &HttpSignatureParams,
) -> Result<Vec<u8>, HttpSigError> {
    let query = format!("?{}", call.query);
    let authority = authority.to_ascii_lowercase();
    // A line break or space in a value would make lines of its own in the base, or be trimmed away from it.
    if ![&call.path, &query, &authority].iter().all(|v| v.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(HttpSigError::InvalidComponent("a value is not printable ASCII".to_owned()));
    }
    let values = [call.method.as_str(), &call.path, &query, &authority, content_digest];
    let lines = COVERED
        .iter()
        .zip(values)
        .map(|(name, value)| HttpMessageComponent::try_from(format!("\"{name}\": {value}").as_str()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(HttpSignatureBase::try_new(&lines, params)?.as_bytes())
}
