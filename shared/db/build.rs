//! A new migration is compiled in as soon as it is there.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
