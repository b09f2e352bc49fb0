//! Hardened XML reading: one element at a time, in bounded memory, with line numbers.
//!
//! Foreign files are not trusted. A document type, an entity that XML does not predefine, nesting or attributes beyond
//! all reason, an encoding other than UTF-8 and a file that breaks off are errors with file and line; nothing is
//! expanded and nothing is fetched.
//!
//! Text between tags is skipped where nobody asks for it: neither OpenStreetMap nor SUMO keeps anything there. [`Node`] is for
//! formats that do.

mod meter;
mod node;

use meter::Meter;
pub use node::Node;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use thiserror::Error;

/// The deepest nesting that is read.
pub const DEEPEST: usize = 64;
/// The longest attribute value that is read, in bytes.
pub const LONGEST_ATTRIBUTE: usize = 1 << 20;
/// The most attributes of one element that are read.
pub const MOST_ATTRIBUTES: usize = 256;
/// The longest tag, comment or text that is read, in bytes.
pub const LONGEST_MARKUP: usize = 4 << 20;

/// The most elements of a file that is read whole.
pub const MOST_NODES: usize = 1 << 19;

/// What is wrong in an XML file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{line}: {problem}\n  mend: {}", file.display(), problem.mend())]
pub struct XmlError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: XmlProblem,
}

/// What can be wrong in an XML file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlProblem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It is not well-formed XML.
    #[error("not well-formed: {0}")]
    Malformed(String),
    /// The file ends inside an element.
    #[error("the file ends before <{0}> is closed")]
    Truncated(String),
    /// There is no element at all.
    #[error("the file has no element")]
    Empty,
    /// A document type is declared.
    #[error("a document type is declared")]
    DocumentType,
    /// An entity that XML does not predefine.
    #[error("the entity or character reference \"{0}\" is unknown")]
    UnknownEntity(String),
    /// An encoding other than UTF-8.
    #[error("the encoding is {0}, not UTF-8")]
    Encoding(String),
    /// Elements within elements within elements.
    #[error("elements are nested deeper than {DEEPEST}")]
    TooDeep,
    /// An attribute value beyond [`LONGEST_ATTRIBUTE`].
    #[error("attribute \"{name}\" has {actual} bytes, allowed are {LONGEST_ATTRIBUTE}")]
    AttributeTooLong {
        /// The attribute.
        name: String,
        /// Its length.
        actual: usize,
    },
    /// More attributes than [`MOST_ATTRIBUTES`].
    #[error("<{0}> has more than {MOST_ATTRIBUTES} attributes")]
    TooManyAttributes(String),
    /// A tag, comment or text beyond [`LONGEST_MARKUP`].
    #[error("a tag, comment or text is longer than {LONGEST_MARKUP} bytes")]
    TooLong,
    /// More elements than [`MOST_NODES`] in a file that is read whole.
    #[error("there are more than {MOST_NODES} elements")]
    TooMany,
    /// The outermost element is another one.
    #[error("the outermost element is <{actual}>, not <{expected}>")]
    WrongRoot {
        /// What stands there.
        actual: String,
        /// What should.
        expected: &'static str,
    },
    /// An attribute is missing.
    #[error("<{element}> has no attribute \"{attribute}\"")]
    Missing {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute has a value that makes no sense.
    #[error("<{element}> has {attribute} = \"{value}\"")]
    BadValue {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
        /// Its value, cut short.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl XmlProblem {
    /// How to mend it.
    pub fn mend(&self) -> String {
        match self {
            Self::Unreadable(_) => "check the path and its permissions".into(),
            Self::Malformed(_) | Self::Empty => "write the file again with the program that made it".into(),
            Self::Truncated(_) => "fetch or copy the file again: it is incomplete".into(),
            Self::DocumentType => "take the <!DOCTYPE> out: the format needs none".into(),
            Self::UnknownEntity(_) => "use &lt; &gt; &amp; &apos; &quot; or a character reference".into(),
            Self::Encoding(_) => "convert the file to UTF-8".into(),
            Self::TooDeep | Self::AttributeTooLong { .. } | Self::TooManyAttributes(_) | Self::TooLong | Self::TooMany => {
                "check where the file comes from: no honest one looks like this".into()
            }
            Self::WrongRoot { expected, .. } => format!("give a file whose outermost element is <{expected}>"),
            Self::Missing { attribute, .. } => format!("add {attribute}=\"…\""),
            Self::BadValue { expected, .. } => format!("give {expected}"),
        }
    }
}

/// What the reader came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An element begins: it is [`Reader::element`].
    Open,
    /// The latest open element ends; elements without content end too.
    Close,
}

/// Reads an XML file element by element.
#[derive(Debug)]
pub struct Reader<R> {
    xml: quick_xml::Reader<Meter<R>>,
    buffer: Vec<u8>,
    file: PathBuf,
    open: Vec<String>,
    element: Parts,
    begun: bool,
    /// Text since the latest begin of an element, where it is kept.
    text: Option<String>,
}

/// The latest element, its memory used again for the next one.
#[derive(Debug, Default)]
struct Parts {
    name: String,
    line: usize,
    attributes: Vec<(String, String)>,
    count: usize,
}

impl Reader<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(file: &Path) -> Result<Self, XmlError> {
        let problem = |e: std::io::Error| XmlError { file: file.into(), line: 1, problem: XmlProblem::Unreadable(e.to_string()) };
        let input = File::open(file).map_err(problem)?;
        Ok(Self::new(BufReader::with_capacity(1 << 16, input), file))
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads from a source; `file` is its name in messages.
    pub fn new(input: R, file: &Path) -> Self {
        let mut xml = quick_xml::Reader::from_reader(Meter::new(input, LONGEST_MARKUP));
        xml.config_mut().expand_empty_elements = true;
        let (buffer, open, element) = (Vec::new(), Vec::new(), Parts::default());
        Self { xml, buffer, file: file.into(), open, element, begun: false, text: None }
    }

    /// The same, and text is kept: [`Reader::text`].
    fn keeping_text(self) -> Self {
        Self { text: Some(String::new()), ..self }
    }

    /// At the end of an element without children, what stands in it, without the space around.
    fn text(&self) -> &str {
        self.text.as_deref().map_or("", str::trim)
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The line that is being read.
    pub fn line(&self) -> usize {
        self.xml.get_ref().line()
    }

    /// The name of the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The element that was opened last.
    pub fn element(&self) -> Element<'_> {
        Element { file: &self.file, parts: &self.element }
    }

    /// Goes on to the next begin or end of an element; `None` at the end of the file.
    ///
    /// # Errors
    /// Anything that is not well-formed, and everything hostile.
    pub fn advance(&mut self) -> Result<Option<Step>, XmlError> {
        loop {
            self.buffer.clear();
            self.buffer.shrink_to(1 << 16);
            self.xml.get_mut().begin_markup();
            let line = self.line();
            let fault = |problem| XmlError { file: self.file.clone(), line, problem };
            let event = match self.xml.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(e) => {
                    let (problem, here) = (self.problem(e), self.line());
                    return Err(XmlError { file: self.file.clone(), line: here, problem });
                }
            };
            if self.xml.get_ref().is_exhausted() {
                return Err(fault(XmlProblem::TooLong));
            }
            match event {
                Event::Start(tag) => {
                    self.begun = true;
                    self.text.iter_mut().for_each(String::clear);
                    if self.open.len() == DEEPEST {
                        return Err(fault(XmlProblem::TooDeep));
                    }
                    self.element.line = line;
                    self.element.fill(&tag).map_err(fault)?;
                    self.open.push(self.element.name.clone());
                    return Ok(Some(Step::Open));
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Some(Step::Close));
                }
                Event::Decl(declaration) => {
                    if let Some(name) = declaration.encoding() {
                        let name = name.map_err(|e| fault(XmlProblem::Malformed(e.to_string())))?;
                        if !["utf-8", "us-ascii", "ascii"].contains(&name.to_ascii_lowercase().as_str()) {
                            return Err(fault(XmlProblem::Encoding(short(&name))));
                        }
                    }
                }
                Event::DocType(_) => return Err(fault(XmlProblem::DocumentType)),
                Event::GeneralRef(name) => {
                    let whole = format!("&{};", &*name);
                    let meant = unescape(&whole).map_err(|_| fault(XmlProblem::UnknownEntity(short(&name))))?;
                    keep(&mut self.text, &meant).map_err(fault)?;
                }
                Event::Eof => {
                    return match self.open.last() {
                        Some(name) => Err(fault(XmlProblem::Truncated(name.clone()))),
                        None if !self.begun => Err(fault(XmlProblem::Empty)),
                        None => Ok(None),
                    };
                }
                Event::Text(text) => keep(&mut self.text, &text).map_err(fault)?,
                Event::CData(text) => keep(&mut self.text, &text).map_err(fault)?,
                Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }

    /// Opens the outermost element, which has to have this name.
    ///
    /// # Errors
    /// When it is another one, or cannot be read.
    pub fn root(&mut self, expected: &'static str) -> Result<(), XmlError> {
        self.advance()?;
        if self.element.name == expected {
            return Ok(());
        }
        let actual = short(&self.element.name);
        Err(self.element().fault(XmlProblem::WrongRoot { actual, expected }))
    }

    /// Goes on to the next child of the element that is open at a depth; `false` when that element ends.
    ///
    /// What is left of an earlier child, and whatever is inside it, is skipped.
    ///
    /// # Errors
    /// As [`Reader::advance`].
    pub fn child_of(&mut self, depth: usize) -> Result<bool, XmlError> {
        while self.depth() >= depth {
            if self.advance()? == Some(Step::Open) && self.depth() == depth + 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn problem(&self, error: quick_xml::Error) -> XmlProblem {
        use quick_xml::Error as E;
        match error {
            E::Io(_) if self.xml.get_ref().is_exhausted() => XmlProblem::TooLong,
            E::Io(e) => XmlProblem::Unreadable(e.to_string()),
            E::Syntax(e) => match self.open.last() {
                Some(name) => XmlProblem::Malformed(format!("{e}, inside <{}>", short(name))),
                None => XmlProblem::Malformed(e.to_string()),
            },
            E::Encoding(_) => XmlProblem::Encoding("another one".into()),
            other => XmlProblem::Malformed(short(&other.to_string())),
        }
    }
}

/// Adds to a text that is kept, as long as it is no longer than an attribute may be.
fn keep(text: &mut Option<String>, more: &str) -> Result<(), XmlProblem> {
    let Some(text) = text else { return Ok(()) };
    if text.len() + more.len() > LONGEST_ATTRIBUTE {
        return Err(XmlProblem::TooLong);
    }
    text.push_str(more);
    Ok(())
}

impl Parts {
    fn fill(&mut self, tag: &BytesStart<'_>) -> Result<(), XmlProblem> {
        self.name.clear();
        self.name.push_str(tag.name().as_ref());
        self.count = 0;
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| XmlProblem::Malformed(e.to_string()))?;
            let name: &str = attribute.key.as_ref();
            if self.count == MOST_ATTRIBUTES {
                return Err(XmlProblem::TooManyAttributes(short(&self.name)));
            }
            if attribute.value.len() > LONGEST_ATTRIBUTE {
                return Err(XmlProblem::AttributeTooLong { name: short(name), actual: attribute.value.len() });
            }
            let value = unescape(&attribute.value).map_err(|e| XmlProblem::UnknownEntity(short(&e.to_string())))?;
            if self.count == self.attributes.len() {
                self.attributes.push(Default::default());
            }
            let (key, text) = &mut self.attributes[self.count];
            key.clear();
            key.push_str(name);
            text.clear();
            text.push_str(&value);
            self.count += 1;
        }
        Ok(())
    }
}

/// An element: its name, its attributes and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    file: &'a Path,
    parts: &'a Parts,
}

impl<'a> Element<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        &self.parts.name
    }

    /// The line where it begins, counted from 1.
    pub fn line(&self) -> usize {
        self.parts.line
    }

    /// An attribute; `None` when it is absent.
    pub fn get(&self, attribute: &str) -> Option<&'a str> {
        self.parts.attributes[..self.parts.count].iter().find(|a| a.0 == attribute).map(|a| a.1.as_str())
    }

    /// Every attribute in file order: name and value.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.parts.attributes[..self.parts.count].iter().map(|a| (a.0.as_str(), a.1.as_str()))
    }

    /// An attribute that has to be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn need(&self, attribute: &'static str) -> Result<&'a str, XmlError> {
        self.get(attribute).ok_or_else(|| self.fault(XmlProblem::Missing { element: short(self.name()), attribute }))
    }

    /// A value of any type that parses; `None` when the attribute is absent.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn parse<T: FromStr>(&self, attribute: &'static str, expected: &'static str) -> Result<Option<T>, XmlError> {
        self.get(attribute).map(|v| v.trim().parse().map_err(|_| self.bad(attribute, expected))).transpose()
    }

    /// A value of any type that parses and has to be there.
    ///
    /// # Errors
    /// When it is absent or does not parse.
    pub fn need_parse<T: FromStr>(&self, attribute: &'static str, expected: &'static str) -> Result<T, XmlError> {
        self.need(attribute)?.trim().parse().map_err(|_| self.bad(attribute, expected))
    }

    /// A finite number; `None` when the attribute is absent.
    ///
    /// # Errors
    /// When it is no number, infinite or not a number.
    pub fn number(&self, attribute: &'static str) -> Result<Option<f64>, XmlError> {
        let number: Option<f64> = self.parse(attribute, "a finite number")?;
        number.map(|n| if n.is_finite() { Ok(n) } else { Err(self.bad(attribute, "a finite number")) }).transpose()
    }

    /// A finite number that has to be there.
    ///
    /// # Errors
    /// When it is absent, no number, infinite or not a number.
    pub fn need_number(&self, attribute: &'static str) -> Result<f64, XmlError> {
        self.need(attribute)?;
        self.number(attribute)?.ok_or_else(|| self.bad(attribute, "a finite number"))
    }

    /// The error for an attribute whose value makes no sense.
    pub fn bad(&self, attribute: &'static str, expected: &'static str) -> XmlError {
        let value = short(self.get(attribute).unwrap_or_default());
        self.fault(XmlProblem::BadValue { element: short(self.name()), attribute, value, expected })
    }

    /// An error at this element.
    pub fn fault(&self, problem: XmlProblem) -> XmlError {
        XmlError { file: self.file.into(), line: self.line(), problem }
    }
}

/// Text from the file, cut to what a message can carry.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.into() } else { text.chars().take(MOST).chain(['…']).collect() }
}

#[cfg(test)]
mod tests;
