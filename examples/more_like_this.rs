//! Beyond the nearest ten: places like some and unlike others, the best of each country, different ones, everything within a distance, page
//! after page, and forty questions at once.

use std::{collections::HashMap, path::Path};

use protobase::{
    Database, Object, Offset, Options, Query, SetSchema,
    expr::Targets,
    import::{Import, NpyMatrix},
    query::{Cursor, Hits},
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let atlas = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/atlas");
    let places = Import::new()
        .file(atlas.join("places.jsonl"))
        .point("location", "lon", "lat")
        .vectors("embedding", atlas.join("places.embeddings.npy"))
        .read()?
        .objects;
    let database = Database::in_memory();
    let set = database.declare::<Object>(
        SetSchema::new("places")
            .index_with("embedding", "vector", Options::new().with("dimension", 384).with("metric", "cosine"))
            .index("country", "hash"),
    )?;
    set.insert_many(&places)?;
    // One view: everything below is asked of the same moment.
    let view = set.view()?;
    let query = || Query::over(&view).select(["name", "country"]);

    // A place by its name, to be asked for more like it.
    let embeddings: HashMap<String, Vec<f32>> =
        places.iter().filter_map(|place| Some((text(place, "name"), vector(place, "embedding")?))).collect();
    let of = |name: &str| embeddings.get(name).ok_or(format!("no place called {name}"));
    let (petra, vardzia, louvre) = (of("Petra")?, of("Vardzia")?, of("Louvre Abu Dhabi")?);

    let targets = Targets::best([petra, vardzia]).unlike([louvre]);
    let like = || query().nearest_like("embedding", targets.clone(), 5);
    show("like Petra or Vardzia, unlike the Louvre of Abu Dhabi", &like().run()?)?;
    println!("{}", like().explain()?);

    let petra_like = || query().nearest("embedding", petra, 5);
    println!("like Petra, the best two of three countries:");
    for group in petra_like().group_by("country", 3, 2).run_grouped()? {
        let names: Result<Vec<String>, Failure> =
            group.hits.iter().map(|hit| Ok(text(&hit.object()?, "name"))).collect();
        println!("  {}: {}", group.value, names?.join(", "));
    }
    println!();

    show("like Petra, the nearest five", &petra_like().run()?)?;
    show("like Petra, but different from each other", &petra_like().diverse(50, 0.4).run()?)?;

    let all = query().nearest("embedding", petra, usize::MAX).within(0.5).run()?;
    println!("{} places are within a cosine distance of 0.5 from Petra\n", all.len());

    // Pages of the same, the cursor a text that could travel to a browser and back.
    let (mut seen, mut token) = (Vec::<Offset>::new(), Cursor::start().to_string());
    loop {
        let page = query().nearest("embedding", petra, 7).within(0.5).after(token.parse()?).run()?;
        let Some(last) = page.cursor()? else { break };
        seen.extend(page.offsets());
        token = last.to_string();
    }
    assert!(all.offsets().iter().all(|offset| seen.contains(offset)), "pages leave nothing out");

    let questions = NpyMatrix::read(&atlas.join("questions.embeddings.npy"))?;
    let lines: Vec<Vec<f32>> = (0..).map_while(|line| Some(questions.vector(line)?.to_vec())).collect();
    let answers = query().nearest_batch("embedding", &lines, 3)?;
    println!("{} questions at once; the first is answered by", answers.len());
    if let Some(first) = answers.first() {
        show("", first)?;
    }
    Ok(())
}

fn show(what: &str, hits: &Hits) -> Result<(), Failure> {
    if !what.is_empty() {
        println!("{what}:");
    }
    for hit in hits.iter() {
        let place = hit.object()?;
        println!("  {:.3}  {}, {}", hit.distance.unwrap_or_default(), text(&place, "name"), text(&place, "country"));
    }
    println!();
    Ok(())
}

fn text(object: &Object, field: &str) -> String {
    object.get(field).map(ToString::to_string).unwrap_or_default()
}

fn vector(object: &Object, field: &str) -> Option<Vec<f32>> {
    Some(protobase::expr::vector(object.get(field)?.as_ref())?.components().into_owned())
}
