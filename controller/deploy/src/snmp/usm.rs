//! The User-based Security Model: keys, digests and secrecy. Source: RFC 3414, RFC 7860 (SHA-2), RFC 3826 (AES-128).

use crate::secret::Secret;
use aes::Aes128;
use cfb_mode::cipher::KeyIvInit;
use cfb_mode::{Decryptor, Encryptor};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::fmt;

/// By which hash messages are authenticated. MD5 is not spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// HMAC-SHA-96.
    Sha1,
    /// HMAC-128-SHA-224.
    Sha224,
    /// HMAC-192-SHA-256.
    Sha256,
    /// HMAC-256-SHA-384.
    Sha384,
    /// HMAC-384-SHA-512.
    Sha512,
}

/// Runs the same code with the hash of a protocol.
macro_rules! with_hash {
    ($auth:expr, $Hash:ident => $body:expr) => {
        match $auth {
            Auth::Sha1 => {
                type $Hash = Sha1;
                $body
            }
            Auth::Sha224 => {
                type $Hash = Sha224;
                $body
            }
            Auth::Sha256 => {
                type $Hash = Sha256;
                $body
            }
            Auth::Sha384 => {
                type $Hash = Sha384;
                $body
            }
            Auth::Sha512 => {
                type $Hash = Sha512;
                $body
            }
        }
    };
}

/// Bytes over which a password is stretched. Source: RFC 3414, A.2.
const STRETCH: usize = 1 << 20;
/// The shortest password. Source: RFC 3414, 11.2.
const SHORTEST: usize = 8;

/// A key, either of a user or, once localised, of a user at one engine. It is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

impl Key {
    /// The key of a password. Source: RFC 3414, A.2.
    fn of_password(auth: Auth, password: &[u8]) -> Self {
        let stretched: Vec<u8> = password.iter().copied().cycle().take(STRETCH.next_multiple_of(password.len())).collect();
        Self(with_hash!(auth, Hash => Hash::digest(&stretched[..STRETCH]).to_vec()))
    }

    /// The key at one engine.
    fn localised(&self, auth: Auth, engine: &[u8]) -> Self {
        Self(with_hash!(auth, Hash => Hash::digest([&self.0, engine, &self.0].concat()).to_vec()))
    }
}

/// A user, by keys that hold at any engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub(crate) name: String,
    auth: Auth,
    key: Key,
    privacy: Option<Key>,
}

/// A user at one engine.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    auth: Auth,
    key: Key,
    privacy: Option<Key>,
}

impl User {
    /// A user with a password to prove who it is, and another one to hide what it says.
    ///
    /// # Errors
    /// When a password is shorter than eight bytes, or the name than one or longer than 32.
    pub fn new(name: &str, auth: Auth, password: &Secret, privacy: Option<&Secret>) -> Result<Self, String> {
        if !(1..=32).contains(&name.len()) {
            return Err(format!("user \"{name}\" has a name of {} bytes, allowed are 1 to 32", name.len()));
        }
        let key = |secret: &Secret| {
            let password = secret.reveal().as_bytes();
            let fault = || format!("a password of user {name} is shorter than {SHORTEST} bytes");
            if password.len() < SHORTEST { Err(fault()) } else { Ok(Key::of_password(auth, password)) }
        };
        Ok(Self { name: name.into(), auth, key: key(password)?, privacy: privacy.map(key).transpose()? })
    }

    /// Whether it hides what it says.
    pub(crate) fn is_private(&self) -> bool {
        self.privacy.is_some()
    }

    pub(crate) fn at(&self, engine: &[u8]) -> Local {
        let privacy = self.privacy.as_ref().map(|k| k.localised(self.auth, engine));
        Local { auth: self.auth, key: self.key.localised(self.auth, engine), privacy }
    }
}

impl Local {
    /// Bytes of a digest.
    pub(crate) const fn digest_len(&self) -> usize {
        match self.auth {
            Auth::Sha1 => 12,
            Auth::Sha224 => 16,
            Auth::Sha256 => 24,
            Auth::Sha384 => 32,
            Auth::Sha512 => 48,
        }
    }

    /// Writes the digest of a message into its place, which holds zeros.
    pub(crate) fn sign(&self, message: &mut [u8], place: usize) {
        let digest = with_hash!(self.auth, Hash => {
            let Ok(mut mac) = Hmac::<Hash>::new_from_slice(&self.key.0) else { return };
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        });
        let length = self.digest_len();
        message[place..place + length].copy_from_slice(&digest[..length]);
    }

    /// Whether the digest in a message is right.
    pub(crate) fn is_genuine(&self, message: &[u8], place: usize, length: usize) -> bool {
        if length != self.digest_len() {
            return false;
        }
        let (before, after) = (&message[..place], &message[place + length..]);
        with_hash!(self.auth, Hash => {
            let Ok(mut mac) = Hmac::<Hash>::new_from_slice(&self.key.0) else { return false };
            mac.update(before);
            mac.update(&vec![0; length]);
            mac.update(after);
            mac.verify_truncated_left(&message[place..place + length]).is_ok()
        })
    }

    pub(crate) fn is_private(&self) -> bool {
        self.privacy.is_some()
    }

    /// Hides bytes, and shows them again with `back`; `None` without a key for it or with a salt of no use.
    pub(crate) fn crypt(&self, bytes: &[u8], boots: u32, time: u32, salt: &[u8], back: bool) -> Option<Vec<u8>> {
        let key = self.privacy.as_ref()?.0.get(..16)?;
        let salt: [u8; 8] = salt.try_into().ok()?;
        let iv = [&boots.to_be_bytes()[..], &time.to_be_bytes(), &salt].concat();
        let mut out = bytes.to_vec();
        if back {
            Decryptor::<Aes128>::new_from_slices(key, &iv).ok()?.decrypt(&mut out);
        } else {
            Encryptor::<Aes128>::new_from_slices(key, &iv).ok()?.encrypt(&mut out);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
    }

    /// Source: RFC 3414, A.3.2.
    #[test]
    fn keys_are_those_of_the_standard() {
        let key = Key::of_password(Auth::Sha1, b"maplesyrup");
        assert_eq!(hex(&key.0), "9fb5cc0381497b3793528939ff788d5d79145211");
        let engine = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        assert_eq!(hex(&key.localised(Auth::Sha1, &engine).0), "6695febc9288e36282235fc7151f128497b38f3f");
    }

    #[test]
    fn what_is_signed_is_genuine_until_it_is_changed() {
        let secret = Secret::new("maplesyrup");
        for auth in [Auth::Sha1, Auth::Sha224, Auth::Sha256, Auth::Sha384, Auth::Sha512] {
            let local = User::new("u", auth, &secret, Some(&secret)).unwrap().at(b"engine");
            let length = local.digest_len();
            let mut message = vec![0; 100];
            local.sign(&mut message, 20);
            assert!(local.is_genuine(&message, 20, length));
            for place in 0..100 {
                message[place] ^= 1;
                assert!(!local.is_genuine(&message, 20, length), "{auth:?} {place}");
                message[place] ^= 1;
            }
            let hidden = local.crypt(b"to be hidden", 1, 2, &[3; 8], false).unwrap();
            assert_ne!(hidden, b"to be hidden");
            assert_eq!(local.crypt(&hidden, 1, 2, &[3; 8], true).unwrap(), b"to be hidden");
            assert_eq!(local.crypt(&hidden, 1, 2, &[3; 7], true), None);
        }
    }

    #[test]
    fn nobody_is_shown_a_key() {
        let secret = Secret::new("a password");
        let user = User::new("u", Auth::Sha256, &secret, Some(&secret)).unwrap();
        let shown = format!("{user:?} {:?}", user.at(b"engine"));
        assert!(shown.contains("***") && !shown.contains("password") && !shown.contains('['), "{shown}");
        assert!(User::new("u", Auth::Sha256, &Secret::new("short"), None).is_err());
    }
}
