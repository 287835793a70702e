//! What people scan: a picture, a text, or `-` for either on stdin.

use super::frame;
use crate::failure::Failure;
use crate::files;
use farthing_core::Error;
use farthing_core::scan::{ScanError, picture, text};
use std::io::ErrorKind;
use std::path::Path;

/// Longest ending by which a name is taken for a file's.
const ENDING_MAX: usize = 5;

/// The text in an argument: the argument itself, the QR code in the picture that it names, or what stdin holds.
///
/// What is an alias or a link is never taken for a file's name: whoever can put a file into the current folder must not
/// choose who is paid.
///
/// # Errors
/// When nothing readable is there, or the picture holds several codes of ours.
pub(super) fn text_of(argument: &str) -> Result<String, Failure> {
    let path = Path::new(argument);
    if argument != "-" && !names_a_file(argument)? {
        // One of several codes is nothing by itself.
        return Ok(frame::joined(&[argument.to_owned()]).map_err(Error::from)?.unwrap_or_else(|| argument.to_owned()));
    }
    let bytes = files::read(path, picture::BYTES_MAX)?;
    if bytes.starts_with(b"GIF8") {
        return ours(frame::texts_of_gif(&bytes).map_err(Error::from)?);
    }
    if is_picture(&bytes) {
        return ours(picture::texts(&bytes).map_err(Error::from)?);
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.trim().is_empty() && !text.contains('\0') => {
            // A line for each of several codes, as other readers write them.
            let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
            Ok(frame::joined(&lines).map_err(Error::from)?.unwrap_or_else(|| text.trim().to_owned()))
        }
        _ => Err(Error::from(ScanError::NotAPicture).into()),
    }
}

/// True for a file that is there, when its name has a `/` or an ending and is nothing that can be paid or opened.
fn names_a_file(argument: &str) -> Result<bool, Failure> {
    let path = Path::new(argument);
    let recognised = text::recognise(argument);
    if recognised.is_ok() || argument.contains("://") {
        return Ok(false);
    }
    let ending = path.extension().map_or("", |ending| ending.to_str().unwrap_or_default());
    if !argument.contains('/') && ending.is_empty() {
        return if path.is_file() {
            let message = format!("this is no alias; to read the file of this name, write ./{argument}");
            Err(Failure::unreadable(message))
        } else {
            Ok(false)
        };
    }
    let fault = match path.metadata() {
        Ok(found) if found.is_dir() => ErrorKind::IsADirectory.into(),
        Ok(_) => return Ok(true),
        Err(fault) => fault,
    };
    // Texts of other programs, and sentences, hold slashes and points, too.
    let like_a_name =
        ending.is_empty() || ending.len() <= ENDING_MAX && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    if matches!(recognised, Err(ScanError::NotOurs)) && like_a_name {
        return Err(Failure::unreadable(files::sentence(path, &fault)));
    }
    Ok(false)
}

/// By the first bytes of PNG and JPEG files.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8])
}

/// The one code that is ours, among those in a picture; or what several parts come to.
fn ours(texts: Vec<String>) -> Result<String, Failure> {
    if let Some(whole) = frame::joined(&texts).map_err(Error::from)? {
        return Ok(whole);
    }
    let known: Vec<&String> = texts.iter().filter(|found| text::recognise(found).is_ok()).collect();
    match (known.as_slice(), texts.first()) {
        ([one], _) => Ok((*one).clone()),
        // What is wrong with it is for the command to say.
        ([], Some(first)) => Ok(first.clone()),
        ([], None) => Err(Error::from(ScanError::NoCode).into()),
        _ => Err(Failure::unreadable("there are several Farthing codes in this picture; cut out the one you mean")),
    }
}
