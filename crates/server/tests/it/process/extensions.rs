//! What an operator declares of a tenant's attributes, and a running server that counts it at the next request.

use super::Folder;

const FIRST: &str = r#"urn = "urn:contoso:hr:1.0:User"
name = "Contoso"

[[attribute]]
name = "badge"
type = "string"

[[attribute]]
name = "desk"
type = "string"
"#;

fn extension<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["scim", "extension"][..], rest].concat()
}

#[test]
fn attributes_are_declared_shown_and_removed() {
    let folder = Folder::with_contoso();
    let nothing = ["`contoso`", "landfall scim extension declare contoso FILE"];
    folder.run(&extension(&["show", "contoso"])).failed(&nothing);
    folder.run(&extension(&["remove", "contoso"])).failed(&nothing);
    folder.run(&extension(&["declare", "contoso", "hr.toml"])).failed(&["cannot read hr.toml"]);
    folder.write("hr.toml", FIRST.replace("\"string\"\n\n", "\"text\"\n\n"));
    folder.run(&extension(&["declare", "contoso", "hr.toml"])).failed(&[
        "hr.toml declares nothing",
        "the attribute badge",
        "choose one of string",
    ]);
    folder.run(&extension(&["show", "contoso"])).failed(&nothing);

    folder.write("hr.toml", FIRST);
    let declare = extension(&["declare", "contoso", "hr.toml"]);
    assert_eq!(
        folder.succeeds(&declare),
        "+ badge: string\n+ desk: string\n\
         contoso: version 1 of urn:contoso:hr:1.0:User counts from the next request on\n"
    );
    let shown = folder.run(&extension(&["show", "contoso"]));
    assert_eq!(shown.out, FIRST);
    assert!(shown.err.contains("contoso: version 1, declared 20"), "{}", shown.err);
    assert_eq!(
        folder.succeeds(&declare),
        "contoso: it is declared already, as version 1 of urn:contoso:hr:1.0:User\n"
    );
    let second = FIRST.replace("\"badge\"\ntype = \"string\"", "\"badge\"\ntype = \"integer\"");
    folder.write("hr.toml", second.replace("\"desk\"", "\"floor\""));
    let said = folder.succeeds(&declare);
    for line in [
        "~ badge: string -> integer; ",
        "+ floor: string\n",
        "- desk: what people have of it is kept",
        "version 2",
    ] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    folder.run(&extension(&["declare", "nobody", "hr.toml"])).failed(&["`nobody`", "contoso"]);
    let removed = folder.succeeds(&extension(&["remove", "contoso"]));
    assert!(removed.contains("contoso: version 2 is declared no more"), "{removed}");
    folder.run(&extension(&["show", "contoso"])).failed(&nothing);
    let audit = folder.succeeds(&["audit", "tail"]);
    assert_eq!(audit.matches("scim.extension.declare").count(), 2, "{audit}");
    assert_eq!(audit.matches("scim.extension.remove").count(), 1, "{audit}");
}

/// By the letter an attribute that is not declared is refused, so that the status tells what the server counts.
#[test]
fn a_running_server_counts_a_change_at_the_next_request() {
    let folder = Folder::with_contoso();
    folder.succeeds(&["domain", "add", "contoso", "contoso.example"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    let said = folder.succeeds(&["scim", "token", "create", "contoso-entra", "--dialect", "strict"]);
    let token = said.lines().next().unwrap().to_owned();
    folder.write("hr.toml", FIRST);
    folder.write("other.toml", FIRST.replace("badge", "plate"));
    let server = folder.serve();
    let push = |user: &str, name: &str| {
        let body = format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:contoso:hr:1.0:User"],
                "userName":"{user}@contoso.example","urn:contoso:hr:1.0:User":{{"{name}":"7"}}}}"#
        );
        server.post_scim("/scim/v2/Users", &token, &body)
    };
    assert_eq!(push("a", "badge"), 400);
    folder.succeeds(&["scim", "extension", "declare", "contoso", "hr.toml"]);
    assert_eq!((push("a", "badge"), push("b", "plate")), (201, 400));
    folder.succeeds(&["scim", "extension", "declare", "contoso", "other.toml"]);
    assert_eq!((push("b", "badge"), push("b", "plate")), (400, 201));
    folder.succeeds(&["scim", "extension", "remove", "contoso"]);
    assert_eq!(push("c", "plate"), 400);
    // The number of the first declaration is not given again.
    folder.succeeds(&["scim", "extension", "declare", "contoso", "hr.toml"]);
    assert_eq!((push("c", "plate"), push("c", "badge")), (400, 201));
    server.terminate();
    assert!(server.end().0.success());
}
