//! `web-api-schema/` is what the code says: `UPDATE_SCHEMAS=1 cargo test -p gw-tests schemas` rewrites it.

use std::{fs, path::Path};

#[test]
fn published_schemas_are_what_the_code_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-api-schema");
    let documents = gatewright::schema::documents().unwrap();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        drop(fs::remove_dir_all(&folder));
        for (name, text) in &documents {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    for (name, text) in &documents {
        let checked_in = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            checked_in == *text,
            "{name} differs: run with UPDATE_SCHEMAS=1 and look at the diff"
        );
    }
    let mut stale = Vec::new();
    collect(&folder, &folder, &mut stale);
    stale.retain(|name| !documents.contains_key(name));
    assert!(stale.is_empty(), "nothing writes these: {stale:?}");
}

#[test]
fn the_configuration_reference_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/configuration.md");
    let text = gatewright::schema::configuration().unwrap();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let checked_in = fs::read_to_string(file).unwrap_or_default();
    assert!(checked_in == text, "it differs: run with UPDATE_SCHEMAS=1 and look at the diff");
    assert!(text.contains("`database.roles.<name>.url`"), "{text}");
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, names);
        } else {
            names.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        }
    }
}
