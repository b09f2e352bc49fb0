//! The message of version 3. Source: RFC 3412, section 6; RFC 3414, section 2.4.

use super::ber::{INTEGER, Malformed, OCTETS, Reader, SEQUENCE, put, put_number};
use super::message::Pdu;
use super::usm::Local;

/// Flag: the message is authenticated.
pub(crate) const AUTH: u8 = 1;
/// Flag: what it says is hidden.
pub(crate) const PRIVATE: u8 = 2;
/// Flag: an engine may answer with a report.
pub(crate) const REPORTABLE: u8 = 4;
/// The number of the User-based Security Model.
const USM: i64 = 3;

/// What is written on the outside of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) id: i32,
    pub(crate) max_size: u32,
    pub(crate) flags: u8,
    pub(crate) engine: Vec<u8>,
    pub(crate) boots: u32,
    pub(crate) time: u32,
    pub(crate) user: Vec<u8>,
}

/// A message as it came, its inside not yet looked at.
#[derive(Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) cover: Cover,
    /// Where its digest begins, and of how many bytes it is.
    pub(crate) digest: (usize, usize),
    salt: &'a [u8],
    inside: &'a [u8],
}

/// What is inside: the context and the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scoped {
    pub(crate) engine: Vec<u8>,
    pub(crate) context: Vec<u8>,
    pub(crate) pdu: Pdu,
}

const MOST: i64 = i32::MAX as i64;

impl<'a> Sealed<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(bytes).expect(SEQUENCE)?;
        outer.integer(3, 3)?;
        let mut header = outer.expect(SEQUENCE)?;
        let (id, max_size) = (header.integer(0, MOST)? as i32, header.integer(0, MOST)? as u32);
        let &[flags] = header.octets()? else { return Err(Malformed("flags of more or less than a byte")) };
        header.integer(USM, USM)?;
        if flags & (AUTH | PRIVATE) == PRIVATE {
            return Err(Malformed("privacy without authentication"));
        }
        let mut security = outer.expect(OCTETS)?.expect(SEQUENCE)?;
        let engine = security.octets()?.to_vec();
        let (boots, time) = (security.integer(0, MOST)? as u32, security.integer(0, MOST)? as u32);
        let user = security.octets()?.to_vec();
        let digest = security.expect(OCTETS)?;
        let digest = (digest.position(), digest.rest().len());
        let salt = security.octets()?;
        let cover = Cover { id, max_size, flags, engine, boots, time, user };
        let inside = if flags & PRIVATE == 0 { outer.rest() } else { outer.octets()? };
        Ok(Self { cover, digest, salt, inside })
    }

    /// What is inside, with the keys of the user where it is hidden.
    pub(crate) fn open(&self, local: Option<&Local>) -> Result<Scoped, Malformed> {
        if self.cover.flags & PRIVATE == 0 {
            return Scoped::read(self.inside);
        }
        let (boots, time) = (self.cover.boots, self.cover.time);
        let shown = local.and_then(|l| l.crypt(self.inside, boots, time, self.salt, true));
        Scoped::read(&shown.ok_or(Malformed("it cannot be deciphered"))?)
    }
}

impl Scoped {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(bytes).expect(SEQUENCE)?;
        let (engine, context) = (inner.octets()?.to_vec(), inner.octets()?.to_vec());
        Ok(Self { engine, context, pdu: Pdu::read(&mut inner)? })
    }

    fn write(&self) -> Vec<u8> {
        let (mut content, mut out) = (Vec::new(), Vec::new());
        put(&mut content, OCTETS, &self.engine);
        put(&mut content, OCTETS, &self.context);
        self.pdu.write(&mut content);
        put(&mut out, SEQUENCE, &content);
        out
    }
}

/// Writes a message: hidden and signed as its flags say, with the keys of the user.
pub(crate) fn write(cover: &Cover, scoped: &Scoped, local: Option<&Local>, salt: u64) -> Vec<u8> {
    let salt = salt.to_be_bytes();
    let mut inside = scoped.write();
    let hides = cover.flags & PRIVATE != 0;
    if hides {
        // Without a key nothing is said at all.
        let hidden = local.and_then(|l| l.crypt(&inside, cover.boots, cover.time, &salt, false)).unwrap_or_default();
        inside.clear();
        put(&mut inside, OCTETS, &hidden);
    }
    let signer = local.filter(|_| cover.flags & AUTH != 0);
    let mut header = Vec::new();
    put_number(&mut header, INTEGER, i64::from(cover.id));
    put_number(&mut header, INTEGER, i64::from(cover.max_size));
    put(&mut header, OCTETS, &[cover.flags]);
    put_number(&mut header, INTEGER, USM);
    let mut parameters = Vec::new();
    put(&mut parameters, OCTETS, &cover.engine);
    put_number(&mut parameters, INTEGER, i64::from(cover.boots));
    put_number(&mut parameters, INTEGER, i64::from(cover.time));
    put(&mut parameters, OCTETS, &cover.user);
    put(&mut parameters, OCTETS, &vec![0; signer.map_or(0, Local::digest_len)]);
    put(&mut parameters, OCTETS, if hides { &salt } else { &[] });
    let (mut security, mut content, mut out) = (Vec::new(), Vec::new(), Vec::new());
    put(&mut security, SEQUENCE, &parameters);
    put_number(&mut content, INTEGER, 3);
    put(&mut content, SEQUENCE, &header);
    put(&mut content, OCTETS, &security);
    content.extend(inside);
    put(&mut out, SEQUENCE, &content);
    if let Some(local) = signer {
        // What has just been written can be read.
        let place = Sealed::read(&out).map_or(0, |sealed| sealed.digest.0);
        local.sign(&mut out, place);
    }
    out
}
