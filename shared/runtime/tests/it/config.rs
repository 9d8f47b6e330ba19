use gw_runtime::{Config, Host, Loader, LogFormat, RuntimeError};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::echo::Echo;

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, RuntimeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gatewright.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Loader::new().file(&path)?.variables(variables).load()
}

fn refused(file: &str, variables: &[(&str, &str)]) -> String {
    let loaded = load(file, variables);
    let checked = loaded.and_then(|config| Host::new(config).service::<Echo>().check_config());
    checked.unwrap_err().to_string()
}

#[test]
fn the_environment_lies_over_the_file_over_the_defaults() {
    let config = load(
        "issuer_host = \"file.example\"\nlisten = \"0.0.0.0:1\"\n[log]\nformat = \"json\"\n",
        &[
            ("GATEWRIGHT__LISTEN", "127.0.0.1:9"),
            ("GATEWRIGHT__DATABASE__URL", "postgres://a:b@localhost/c"),
            ("GATEWRIGHT__DATABASE__ROLES__GATES__URL", "postgres://g:h@localhost/c"),
            ("GATEWRIGHT__JOURNAL__SINGLE_COPY", "true"),
            ("GATEWRIGHT__LOG__FILTER", "info,gw_check=debug"),
            ("GATEWRIGHT_OTHER", "not ours"),
        ],
    )
    .unwrap();
    assert_eq!(config.listen.public.to_string(), "127.0.0.1:9");
    assert_eq!(config.issuer_host, "file.example");
    assert_eq!(config.database.url.unwrap().expose_secret(), "postgres://a:b@localhost/c");
    assert_eq!(config.database.roles.len(), 1);
    assert_eq!(config.database.max_connections, 8);
    assert!(config.journal.single_copy);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.log.filter, "info,gw_check=debug");
}

#[test]
fn an_address_alone_is_the_public_one_and_another_layer_adds_to_it() {
    let listen = |file: &str, variables: &[(&str, &str)]| {
        let listen = load(file, variables).unwrap().listen;
        (listen.public.to_string(), listen.admin.map(|address| address.to_string()))
    };
    let of = |public: &str, admin: Option<&str>| (public.to_owned(), admin.map(str::to_owned));
    assert_eq!(listen("", &[]), of("127.0.0.1:8080", None));
    let admin = ("GATEWRIGHT__LISTEN__ADMIN", "127.0.0.1:9");
    assert_eq!(listen("", &[admin]), of("127.0.0.1:8080", Some("127.0.0.1:9")));
    let file = "listen = \"0.0.0.0:1\"\n";
    assert_eq!(listen(file, &[admin]), of("0.0.0.0:1", Some("127.0.0.1:9")));
    let public = ("GATEWRIGHT__LISTEN", "0.0.0.0:2");
    let table = "[listen]\npublic = \"0.0.0.0:1\"\nadmin = \"127.0.0.1:7\"\n";
    assert_eq!(listen(table, &[public]), of("0.0.0.0:2", Some("127.0.0.1:7")));
    assert!(refused("[listen]\nadmn = \"127.0.0.1:7\"", &[]).contains("admn"));
    assert!(load("listen = \"nowhere\"", &[]).is_err());
}

#[test]
fn the_certificates_files_keep_their_names() {
    let file = "[tls]\ncertificate_file = \"/a\"\nprivate_key_file = \"/b\"\n";
    let tls = load(file, &[]).unwrap().tls;
    assert_eq!(tls.certificate_file.unwrap().to_str(), Some("/a"));
    assert_eq!(tls.private_key_file.unwrap().to_str(), Some("/b"));
    assert!(refused("[tls]\ncertificate_file = \"/a\"\n", &[]).contains("tls.private_key_file"));
}

#[test]
fn an_unknown_key_is_named_wherever_it_stands() {
    assert!(refused("lisen = \"x\"", &[]).contains("lisen"));
    assert!(refused("[database]\nulr = \"x\"", &[]).contains("ulr"));
    assert!(refused("", &[("GATEWRIGHT__KEYS__ROOTKEY", "x")]).contains("rootkey"));
    assert!(refused("[echo]\ngreting = \"x\"", &[]).contains("greting"));
    assert!(refused("[echo.nested]\nthree = 3", &[]).contains("three"));
}

#[test]
fn a_services_table_lies_over_its_defaults() {
    let config =
        load("[echo.nested]\ntwo = 7", &[("GATEWRIGHT__ECHO__GREETING", "hello")]).unwrap();
    assert_eq!(config.services["echo"], json!({ "nested": { "two": 7 }, "greeting": "hello" }));
    Host::new(config).service::<Echo>().check_config().unwrap();
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, "postgres://a:b@localhost/c\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load("", &[("GATEWRIGHT__DATABASE__URL_FILE", path)]).unwrap();
    assert_eq!(config.database.url.unwrap().expose_secret(), "postgres://a:b@localhost/c");

    let both = [("GATEWRIGHT__DATABASE__URL_FILE", path), ("GATEWRIGHT__DATABASE__URL", "x")];
    assert!(load("", &both).unwrap_err().to_string().contains("url_file"));
    let missing = [("GATEWRIGHT__KEYS__ROOT_KEY_FILE", "/nowhere/key")];
    assert!(load("", &missing).unwrap_err().to_string().contains("/nowhere/key"));
}

#[test]
fn a_root_key_is_32_bytes() {
    let key = |text: &str| load("", &[("GATEWRIGHT__KEYS__ROOT_KEY", text)]).unwrap().keys.load();
    assert!(key(&"ab".repeat(32)).is_ok());
    assert!(key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").is_ok());
    let error = key("secret-but-short").unwrap_err();
    assert!(!error.to_string().contains("secret-but-short"));
    assert!(load("", &[]).unwrap().keys.load().is_err());
}

#[test]
fn secrets_are_in_no_debug_text() {
    let variables = [
        ("GATEWRIGHT__KEYS__ROOT_KEY", "hunter2"),
        ("GATEWRIGHT__DATABASE__URL", "postgres://a:hunter2@localhost/c"),
    ];
    assert!(!format!("{:?}", load("", &variables).unwrap()).contains("hunter2"));
}
