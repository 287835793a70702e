//! Names that a person takes for one another: equal to the eye, whatever their letters are.
//!
//! Source: [UTS 39](https://www.unicode.org/reports/tr39/), section 4: two texts look alike when their skeletons are the same.
//! Names are compared in small letters, too, since nobody minds the case of a name.
//!
//! It errs on the safe side: what it calls alike only gets a number, or has to be chosen otherwise.

use farthing_protocol::details::Name;
use unicode_security::confusable_detection::skeleton;

/// Whether two names look the same.
pub(super) fn look_alike(one: &Name, other: &Name) -> bool {
    same(one.as_str(), other.as_str()) || same(&one.as_str().to_lowercase(), &other.as_str().to_lowercase())
}

fn same(one: &str, other: &str) -> bool {
    of(one) == of(other)
}

/// The skeleton, without white space: how much of it there is nobody sees.
fn of(text: &str) -> String {
    skeleton(text).filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::look_alike;
    use farthing_protocol::details::Name;

    #[test]
    fn what_a_person_takes_for_another_is_alike() {
        let alike = |one: &str, other: &str| look_alike(&Name::typed(one).unwrap(), &Name::typed(other).unwrap());
        for other in [
            "Anna",
            "anna",
            "Аnnа",         // Cyrillic А and а
            "An\u{200b}na", // a space without width
            "An na",
            "𝐀𝐧𝐧𝐚",
            "Αnna", // Greek Α
        ] {
            assert!(alike("Anna", other), "{other:?}");
        }
        assert!(alike("Bill", "BiIl"), "a capital I for a small l");
        assert!(alike("Corner", "Comer"), "r and n for m");
        for other in ["Anne", "Ann", "Hanna", "Anna 2", "Άννα"] {
            assert!(!alike("Anna", other), "{other:?}");
        }
    }
}
