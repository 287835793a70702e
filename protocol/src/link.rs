//! Links: a verifier's URL, `/R#` or `/I#`, and base32 (RFC 4648 §6, no padding), as people and QR codes pass them on.

use crate::error::Malformed;
use data_encoding::BASE32_NOPAD;

/// The URL in front of `mark` and the bytes behind it.
///
/// White space around a link says nothing, nor does the case of scheme, host and base32 (RFC 3986 §6.2.2.1): keyboards and
/// QR programs change both. `faults` are the sentences for what is no such link, and for one that was cut or altered.
pub(crate) fn read(text: &str, mark: &str, faults: [&'static str; 2]) -> Result<(String, Vec<u8>), Malformed> {
    let [no_link, altered] = faults;
    let (url, code) = text.trim().split_once(mark).ok_or(Malformed::Value(no_link))?;
    let bytes = BASE32_NOPAD.decode(code.to_ascii_uppercase().as_bytes()).map_err(|_| Malformed::Value(altered))?;
    Ok((url.to_ascii_lowercase(), bytes))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn rfc_4648_section_10_without_padding() {
        let all = [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")];
        for (plain, code) in all.into_iter().chain([("foobar", "MZXW6YTBOI")]) {
            let found = read(&format!("https://a.example/R#{code}"), "/R#", ["no link", "altered"]);
            assert_eq!(found, Ok(("https://a.example".to_owned(), plain.as_bytes().to_vec())), "{code}");
        }
        // Padding, bits that say nothing, and letters of other alphabets would be second spellings of one secret.
        for code in ["MY======", "MZ", "MZXW6Y", "MZXW6YT1", "MZXW6YT8", "MZXW 6YTB"] {
            assert!(read(&format!("https://a.example/R#{code}"), "/R#", ["no link", "altered"]).is_err(), "{code}");
        }
    }
}
