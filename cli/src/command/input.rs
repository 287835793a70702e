//! What people scan: a picture, a text, or `-` for either on stdin.

use crate::failure::Failure;
use crate::files;
use farthing_core::Error;
use farthing_core::scan::{ScanError, picture, text};
use std::path::Path;

/// The text in an argument: the argument itself, the QR code in the picture that it names, or what stdin holds.
///
/// # Errors
/// When nothing readable is there, or the picture holds several codes of ours.
pub(super) fn text_of(argument: &str) -> Result<String, Failure> {
    let path = Path::new(argument);
    if argument != "-" && !path.is_file() {
        let looks_like_a_file = argument.contains('/') && !argument.contains("://")
            || [".png", ".jpg", ".jpeg"].iter().any(|end| argument.to_ascii_lowercase().ends_with(end));
        if looks_like_a_file {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(Failure::unreadable(files::sentence(path, &missing)));
        }
        return Ok(argument.to_owned());
    }
    let bytes = files::read(path, picture::BYTES_MAX)?;
    if is_picture(&bytes) {
        return ours(picture::texts(&bytes).map_err(Error::from)?);
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.trim().is_empty() && !text.contains('\0') => Ok(text.trim().to_owned()),
        _ => Err(Error::from(ScanError::NotAPicture).into()),
    }
}

/// By the first bytes of PNG and JPEG files.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8])
}

/// The one code that is ours, among those in a picture.
fn ours(texts: Vec<String>) -> Result<String, Failure> {
    let known: Vec<&String> = texts.iter().filter(|found| text::recognise(found).is_ok()).collect();
    match (known.as_slice(), texts.first()) {
        ([one], _) => Ok((*one).clone()),
        // What is wrong with it is for the command to say.
        ([], Some(first)) => Ok(first.clone()),
        ([], None) => Err(Error::from(ScanError::NoCode).into()),
        _ => Err(Failure::unreadable("there are several Farthing codes in this picture; cut out the one you mean")),
    }
}
