//! Writes `src/generated/` from the project's schema. It brings its own compiler of protos, so that neither
//! those who use the client nor those who build it need protoc.

use std::error::Error;
use std::fs;
use std::path::Path;

const HEADER: &str = "// Made by `make generate` from proto/. DO NOT EDIT.\n\n";

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let protos = here.join("../../../proto");
    let generated = here.join("../src/generated");
    let files = ["key_value_service.proto", "admin_service.proto"]
        .map(|name| protos.join("keyvaluedb/v1").join(name));
    let descriptors = protox::compile(files, [protos.clone(), protos.join("foreign")])?;
    tonic_prost_build::configure()
        .build_transport(false)
        // Values are counted references into what was received, not copies of it.
        .bytes(".")
        .extern_path(".google.rpc", "::tonic_types")
        // The tests answer as a server does; a program that only calls does not compile that.
        .server_mod_attribute(".", "#[cfg(test)]")
        .out_dir(&generated)
        .compile_fds(descriptors)?;
    let file = generated.join("keyvaluedb.v1.rs");
    let code = fs::read_to_string(&file)?;
    fs::write(&file, format!("{HEADER}{code}"))?;
    // Nothing of google.rpc is generated, but an empty file may be.
    for entry in fs::read_dir(&generated)? {
        let path = entry?.path();
        if path != file && path.extension().is_some_and(|ending| ending == "rs") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
