//! What the roles may do is written down, so that `gatewright doctor` can tell what is missing.

use std::{fs, path::Path};

use gw_db::survey;
use secrecy::SecretString;

/// `UPDATE_SCHEMAS=1` rewrites the list: look at the diff, it is who may do what.
#[tokio::test]
async fn what_the_roles_may_do_is_written_down() {
    let database = gw_testkit::database().await;
    let given = survey::rights_given(&SecretString::from(database.url())).await.unwrap();
    let text = given.join("\n") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/survey/grants.txt");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(written == text, "grants.txt differs: run with UPDATE_SCHEMAS=1 and look at the diff");
    assert!(given.len() > 50, "{given:?}");
}
