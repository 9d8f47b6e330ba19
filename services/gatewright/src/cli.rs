use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    audit, bench, declared, dev, doctor, keys, migrate, platform_key, schema, serve, verify,
};

/// Decides what software agents may do, and can prove what it decided.
#[derive(Debug, Parser)]
#[command(name = "gatewright", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Arguments),
    Serve(serve::Arguments),
    Migrate(migrate::Arguments),
    Schema(schema::Arguments),
    PlatformKey(platform_key::Arguments),
    VerifyAttestation(verify::Arguments),
    Audit(audit::Arguments),
    Keys(keys::Arguments),
    Doctor(doctor::Arguments),
    Export(declared::ExportArguments),
    Apply(declared::ApplyArguments),
    Bench(bench::Arguments),
}

pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Dev(arguments) => dev::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Schema(arguments) => schema::run(&arguments),
        Command::PlatformKey(arguments) => platform_key::run(arguments).await,
        Command::VerifyAttestation(arguments) => verify::run(arguments).await,
        Command::Audit(arguments) => audit::run(arguments).await,
        Command::Keys(arguments) => keys::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Export(arguments) => declared::export(arguments).await,
        Command::Apply(arguments) => declared::apply(arguments).await,
        Command::Bench(arguments) => bench::run(arguments).await,
    }
}
