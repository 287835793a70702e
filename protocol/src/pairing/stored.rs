//! A pairing's stored form: from the moment a person has said yes to the code, a kill harms nothing.
//!
//! Not on the wire. It holds what opens the cards, so it belongs into an encrypted store only.

use super::exchange::CheckCode;
use super::{Paired, RendezvousId, TranscriptHash};
use crate::error::Malformed;
use crate::sealed::Secret;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use zeroize::Zeroizing;

impl<C> Encode<C> for Paired {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(5)?.encode(self.rendezvous)?.u32(self.code.number())?.encode(self.transcript)?;
        e.bytes(&self.show[..])?.bytes(&self.scan[..])?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Paired {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(5) {
            return Err(Malformed::Cbor.into());
        }
        let rendezvous: RendezvousId = d.decode()?;
        let code = CheckCode::from_number(d.u32()?).ok_or(Malformed::Value("a check code has six digits"))?;
        let transcript: TranscriptHash = d.decode()?;
        Ok(Self { rendezvous, code, transcript, show: secret(d)?, scan: secret(d)? })
    }
}

fn secret(d: &mut Decoder<'_>) -> Result<Secret, DecodeError> {
    let bytes = <[u8; 32]>::try_from(d.bytes()?).map(|bytes| Box::new(Zeroizing::new(bytes)));
    Ok(bytes.map_err(|_| Malformed::Value("a key has 32 bytes"))?)
}
