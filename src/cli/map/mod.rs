//! Where are the hits? An SVG file with them over the outlines of the countries.

mod frame;
mod outlines;

use geo::{Coord, CoordsIter, Geometry, LineString, Polygon};
use svg::{
    Document, Node,
    node::element::{Circle, ClipPath, Definitions, Group, Path, Rectangle, Text, Title, path::Data},
};

use crate::object::Value;

use frame::{Extent, Frame, WIDTH};

use super::shapes::Shaped;

/// The height of the lines below the map.
const LEGEND: f64 = 46.0;

/// A question is cut to so many characters.
const QUESTION: usize = 130;

/// More hits than these are drawn as smaller dots.
const MANY: usize = 500;

/// A map of an answer, as the text of an SVG file: its shapes over the outlines of the countries, and what was asked.
pub fn drawn(answer: &Shaped<'_>, question: &str) -> String {
    let hits: Vec<Hit<'_>> = answer.objects().filter_map(|(shape, rest)| Some(Hit { shape: shape?, rest })).collect();
    let parts: Vec<Vec<Part<'_>>> = hits.iter().map(|hit| parts(hit.shape)).collect();
    let extents: Vec<Extent> = parts.iter().flatten().filter_map(Part::extent).collect();
    let frame = Frame::around(&extents);
    let radius = if hits.len() > MANY { 1.8 } else { 3.5 };

    let mut marks = Group::new().set("class", "hits").set("clip-path", "url(#frame)");
    for (hit, parts) in hits.iter().zip(&parts) {
        let mut mark = Group::new();
        if let Some(name) = hit.name() {
            mark.append(Title::new(name));
        }
        parts.iter().for_each(|part| part.draw(&frame, radius, &mut mark));
        marks.append(mark);
    }
    let height = frame.height().round();
    let sea = Rectangle::new().set("class", "sea").set("width", WIDTH).set("height", height);
    let clip = ClipPath::new().set("id", "frame").add(Rectangle::new().set("width", WIDTH).set("height", height));
    let style = svg::node::element::Style::new(STYLE);
    let document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height + LEGEND))
        .set("width", WIDTH)
        .set("height", height + LEGEND)
        .add(style)
        .add(Definitions::new().add(clip))
        .add(sea)
        .add(land(&frame))
        .add(marks);
    let without = answer.len() - hits.len();
    legend(document, height, question, hits.len(), without).to_string()
}

const STYLE: &str = ".sea{fill:#e8f0f5}.land{fill:#f7f4ec;stroke:#b8b0a0;stroke-width:.6;fill-rule:evenodd}\
    .hits{fill:#c2410c;fill-opacity:.55;stroke:#7c2d12;stroke-width:.7}.hits .line{fill:none;stroke-width:1.6}\
    .hits .area{fill-opacity:.25;fill-rule:evenodd}text{font:13px sans-serif;fill:#333}.small{font-size:11px;fill:#777}";

fn land(frame: &Frame) -> Group {
    let mut land = Group::new().set("class", "land").set("clip-path", "url(#frame)");
    for country in outlines::countries() {
        let data = country.iter().fold(Data::new(), |data, ring| {
            frame.turns(ring.extent).fold(data, |data, turn| line(data, frame, turn, ring.coords.iter().copied(), true))
        });
        if !data.is_empty() {
            land.append(Path::new().set("d", data));
        }
    }
    land
}

fn legend(document: Document, height: f64, question: &str, drawn: usize, without: usize) -> Document {
    let words = drawable(question).split_whitespace().collect::<Vec<_>>().join(" ");
    let question = match words.char_indices().nth(QUESTION) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    };
    let hits = if drawn == 1 { "1 hit".to_owned() } else { format!("{drawn} hits") };
    let unseen = if without > 0 { format!(", and {without} without a place") } else { String::new() };
    let text = |text: String, y: f64| Text::new(text).set("x", 8).set("y", height + y);
    document
        .add(text(format!("{hits}{unseen}: {question}"), 19.0))
        .add(text(outlines::ATTRIBUTION.to_owned(), 37.0).set("class", "small"))
}

/// A text in which what XML has no way to write, such as control characters, is a blank.
fn drawable(text: &str) -> String {
    let is_none = |char: char| {
        (char.is_control() && !char.is_whitespace()) || matches!(char, '\u{b}' | '\u{c}' | '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|char| if is_none(char) { ' ' } else { char }).collect()
}

struct Hit<'a> {
    shape: &'a Geometry<f64>,
    rest: Vec<(&'a str, &'a Value)>,
}

impl Hit<'_> {
    /// What is shown when the pointer rests on it: the first text that it has.
    fn name(&self) -> Option<String> {
        self.rest.iter().find_map(|(_, value)| value.as_ref().as_str().map(drawable))
    }
}

/// A shape as it is drawn.
enum Part<'a> {
    Point(Coord<f64>),
    Line(&'a LineString<f64>),
    Area(&'a Polygon<f64>),
}

fn parts(shape: &Geometry<f64>) -> Vec<Part<'_>> {
    match shape {
        Geometry::Point(point) => vec![Part::Point(point.0)],
        Geometry::MultiPoint(points) => points.iter().map(|point| Part::Point(point.0)).collect(),
        Geometry::LineString(line) => vec![Part::Line(line)],
        Geometry::MultiLineString(lines) => lines.iter().map(Part::Line).collect(),
        Geometry::Polygon(polygon) => vec![Part::Area(polygon)],
        Geometry::MultiPolygon(polygons) => polygons.iter().map(Part::Area).collect(),
        Geometry::GeometryCollection(all) => all.iter().flat_map(parts).collect(),
        // Values are made of the kinds that WKB has.
        Geometry::Line(_) | Geometry::Rect(_) | Geometry::Triangle(_) => Vec::new(),
    }
}

impl Part<'_> {
    fn extent(&self) -> Option<Extent> {
        match self {
            Self::Point(at) => Extent::of([at.x_y()]),
            Self::Line(line) => Extent::of(line.coords_iter().map(|at| at.x_y())),
            Self::Area(polygon) => Extent::of(polygon.exterior().coords_iter().map(|at| at.x_y())),
        }
    }

    fn draw(&self, frame: &Frame, radius: f64, mark: &mut Group) {
        let Some(extent) = self.extent() else { return };
        for turn in frame.turns(extent) {
            let outline = |data: Data, of: &LineString<f64>, closed| {
                line(data, frame, turn, of.coords_iter().map(|at| at.x_y()), closed)
            };
            match self {
                Self::Point(at) => {
                    let (x, y) = frame.at(at.x + turn, at.y);
                    mark.append(Circle::new().set("cx", x).set("cy", y).set("r", radius));
                }
                Self::Line(of) => {
                    mark.append(Path::new().set("class", "line").set("d", outline(Data::new(), of, false)));
                }
                Self::Area(polygon) => {
                    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
                    let data = rings.fold(Data::new(), |data, ring| outline(data, ring, true));
                    mark.append(Path::new().set("class", "area").set("d", data));
                }
            }
        }
    }
}

/// Adds a line, moved east by some degrees.
fn line(data: Data, frame: &Frame, turn: f64, coords: impl Iterator<Item = (f64, f64)>, closed: bool) -> Data {
    let mut last = None;
    let data = coords.map(|(lon, lat)| frame.at(lon + turn, lat)).fold(data, |data, at| {
        let data = match last {
            None => data.move_to(at),
            // What is no tenth of a pixel away is not seen.
            Some(last) if last == at => data,
            Some(_) => data.line_to(at),
        };
        last = Some(at);
        data
    });
    if closed && last.is_some() { data.close() } else { data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_has_no_way_to_write_is_a_blank() {
        assert_eq!(drawable("a\u{0}b\u{1b}[1m\u{b}\u{ffff}c\té<"), "a b [1m  c\té<");
    }
}
