//! Hostile and honest XML.

use super::*;

fn read(text: &[u8]) -> Result<Vec<(String, usize)>, XmlError> {
    let mut reader = Reader::new(text, Path::new("test.xml"));
    let mut found = Vec::new();
    while let Some(step) = reader.advance()? {
        if step == Step::Open {
            found.push((reader.element().name().to_owned(), reader.element().line()));
        }
    }
    Ok(found)
}

fn problem(text: impl AsRef<[u8]>) -> (usize, XmlProblem) {
    let error = read(text.as_ref()).unwrap_err();
    (error.line, error.problem)
}

#[test]
fn elements_come_with_their_lines_and_attributes() {
    let text = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a\n b -->\n<net a=\"1 &lt; 2\">\n\n  <edge id='x'\n/>\n</net>";
    assert_eq!(read(text).unwrap(), [("net".into(), 4), ("edge".into(), 6)]);
    let mut reader = Reader::new(&text[..], Path::new("test.xml"));
    reader.root("net").unwrap();
    assert_eq!(reader.element().get("a"), Some("1 < 2"));
    assert_eq!(
        reader.element().number("a").unwrap_err().to_string().lines().next().unwrap(),
        "test.xml:4: <net> has a = \"1 < 2\""
    );
}

#[test]
fn an_entity_bomb_is_refused_at_its_document_type() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n<net>&b;</net>";
    assert_eq!(problem(bomb), (2, XmlProblem::DocumentType));
    assert!(matches!(problem("<net>\n&b;</net>"), (2, XmlProblem::UnknownEntity(_))));
    assert!(matches!(problem("<net>\n<a b=\"&b;\"/></net>"), (2, XmlProblem::UnknownEntity(_))));
    assert!(read(b"<net a=\"&#228;&amp;\">&#xe4;&lt;</net>").is_ok());
}

#[test]
fn nesting_attributes_and_markup_are_limited() {
    assert_eq!(problem("<a>".repeat(DEEPEST + 1)).1, XmlProblem::TooDeep);
    let long = format!("<a>\n<b c=\"{}\"/></a>", "x".repeat(LONGEST_ATTRIBUTE + 1));
    assert!(matches!(problem(long), (2, XmlProblem::AttributeTooLong { .. })));
    let many = (0..=MOST_ATTRIBUTES).fold(String::new(), |text, i| text + &format!(" a{i}=\"\""));
    assert!(matches!(problem(format!("<a{many}/>")).1, XmlProblem::TooManyAttributes(_)));
    assert_eq!(problem(format!("<a><!--{}--></a>", "x".repeat(LONGEST_MARKUP + 100_000))).1, XmlProblem::TooLong);
}

#[test]
fn a_file_that_breaks_off_names_the_element_or_the_line() {
    assert_eq!(problem("<net>\n<edge>\n"), (3, XmlProblem::Truncated("edge".into())));
    assert!(matches!(problem("<net>\n<edge id=\"x"), (2, XmlProblem::Malformed(_))));
    assert!(matches!(problem("<net>\n</edge>"), (2, XmlProblem::Malformed(_))));
    assert_eq!(problem("").1, XmlProblem::Empty);
    assert_eq!(problem("no tag at all").1, XmlProblem::Empty);
}

#[test]
fn only_utf8_is_read() {
    assert!(matches!(problem("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>").1, XmlProblem::Encoding(_)));
    assert!(matches!(problem(b"<a>\n<b c=\"\xe4\"/></a>"), (2, XmlProblem::Encoding(_))));
    assert!(matches!(problem(b"\xff\xfe<\0a\0/\0>\0").1, XmlProblem::Encoding(_) | XmlProblem::Empty | XmlProblem::Malformed(_)));
}

#[test]
fn numbers_are_finite() {
    let mut reader = Reader::new(&b"<a x=\"NaN\" y=\"1e999\" z=\" 2.5 \"/>"[..], Path::new("test.xml"));
    reader.root("a").unwrap();
    let element = reader.element();
    assert!(element.number("x").is_err() && element.number("y").is_err());
    assert_eq!(element.need_number("z").unwrap(), 2.5);
    assert_eq!(element.number("w").unwrap(), None);
    assert!(matches!(element.need_number("w").unwrap_err().problem, XmlProblem::Missing { .. }));
}
