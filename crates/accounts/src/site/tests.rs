use super::*;

#[test]
fn a_site_is_an_origin_exactly() {
    for text in [
        "https://app.example",
        "https://app.example:8443",
        "https://xn--mnchen-3ya.example",
        "https://192.0.2.1",
        "http://localhost",
        "http://localhost:3000",
        "http://app.localhost:3000",
        "http://127.0.0.2:1",
        "http://[::1]:80".trim_end_matches(":80"),
    ] {
        assert_eq!(text.parse::<SiteOrigin>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "app.example",
        "https://",
        "https://app.example/",
        "https://app.example/x",
        "https://app.example?x",
        "https://app.example#x",
        "https://App.example",
        "HTTPS://app.example",
        "https://app.example:443",
        "https://user@app.example",
        "https://m\u{fc}nchen.example",
        "http://app.example",
        "http://localhost.example",
        "http://notlocalhost",
        "http://192.0.2.1",
        "ftp://app.example",
        "javascript:alert(1)",
        "https://app.example\r\n",
        &format!("https://{}.example", "x".repeat(300)),
    ] {
        assert!(text.parse::<SiteOrigin>().is_err(), "{text:?}");
    }
}

#[test]
fn a_request_is_told_by_scheme_and_host() {
    let plain: SiteOrigin = "https://app.example".parse().unwrap();
    let odd: SiteOrigin = "https://app.example:8443".parse().unwrap();
    for (scheme, host, found) in [
        ("https", "app.example", Some(&plain)),
        ("https", "App.Example", Some(&plain)),
        ("https", "app.example:443", Some(&plain)),
        ("https", "app.example:8443", Some(&odd)),
        // Plain http is another origin, and none that a site has.
        ("http", "app.example", None),
        ("https", "", None),
        ("", "app.example", None),
        ("https", "app.example/x", None),
        ("https", "app.example@evil.example", None),
        ("https", "app.example\\evil", None),
        ("https", "app.example, evil.example", None),
        ("https", "app.example evil.example", None),
        ("https://evil.example/?", "app.example", None),
        ("javascript", "app.example", None),
    ] {
        assert_eq!(SiteOrigin::of_request(scheme, host).as_ref(), found, "{scheme} {host}");
    }
    assert!(plain.is("https", "APP.example") && odd.is("https", "app.example:8443"));
    for (scheme, host) in
        [("http", "app.example"), ("https", "app.example:8443"), ("https", ""), ("", "app.example")]
    {
        assert!(!plain.is(scheme, host), "{scheme} {host}");
    }
}

#[test]
fn e17_a_path_stays_at_its_site() {
    let site: SiteOrigin = "https://app.example".parse().unwrap();
    for (text, path) in [
        ("/", "/"),
        ("/reports?year=2030&month=1", "/reports?year=2030&month=1"),
        ("/a/../b", "/b"),
        ("/a#b", "/a"),
        ("/a%0d%0ab", "/a%0d%0ab"),
        ("/%2f%2fevil.example", "/%2f%2fevil.example"),
        ("/m\u{fc}nchen", "/m%C3%BCnchen"),
        ("/?next=//evil.example", "/?next=//evil.example"),
        ("/@evil.example", "/@evil.example"),
        ("/.landfall", "/.landfall"),
    ] {
        assert_eq!(SitePath::at(&site, text).unwrap().as_str(), path, "{text}");
    }
    for text in [
        "",
        "reports",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/a\\b",
        "\\\\evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/a\u{0}",
        "/.//evil.example",
        "/./\u{2f}evil.example",
        "/a/..//evil.example",
        "/%2e//evil.example",
        "https://app.example/",
        "https://evil.example/",
        "javascript:alert(1)",
        // What is ours there would lead in a circle.
        "/.landfall/start",
        "/a/../.landfall/callback?code=x",
        "/%2e/.landfall/start",
    ] {
        assert_eq!(SitePath::at(&site, text), None, "{text:?}");
    }
    let long = |length: usize| SitePath::at(&site, &format!("/{}", "x".repeat(length - 1)));
    assert!(long(SitePath::MOST).is_some() && long(SitePath::MOST + 1).is_none());
}

fn names<T: FromStr<Err: fmt::Debug>>(names: &[&str]) -> Vec<T> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[track_caller]
fn judged(rules: [&[&str]; 3], groups: Option<&[&str]>, roles: &[&str]) -> Option<SiteRefusal> {
    let [tenants, wanted_groups, wanted_roles] = rules;
    let rules = SiteRules::default().with_tenants(names(tenants)).unwrap();
    let rules = rules.with_groups(names(wanted_groups)).unwrap().with_roles(names(wanted_roles)).unwrap();
    let access = Access::kept(names(roles), groups.map(names));
    rules.admits(&"contoso".parse().unwrap(), &access).err()
}

#[test]
fn each_kind_of_rule_must_be_satisfied_by_any_of_its_names() {
    let (none, both) = (&[][..], &["sales", "ops"][..]);
    for (rules, groups, roles, refusal) in [
        ([none, none, none], none, none, None),
        ([&["contoso"], none, none], none, none, None),
        ([&["fabrikam", "contoso"], none, none], none, none, None),
        ([&["fabrikam"], none, none], none, none, Some(SiteRefusal::Tenant)),
        ([none, &["ops", "board"], none], both, none, None),
        ([none, &["board"], none], both, none, Some(SiteRefusal::Group)),
        ([none, &["Sales"], none], both, none, Some(SiteRefusal::Group)),
        ([none, none, &["writer"]], none, &["reader", "writer"], None),
        ([none, none, &["writer"]], none, &["reader"], Some(SiteRefusal::Role)),
        // One does not stand for another.
        ([none, &["sales"], &["writer"]], both, &["writer"], None),
        ([none, &["sales"], &["writer"]], both, none, Some(SiteRefusal::Role)),
        ([none, &["sales"], &["writer"]], none, &["writer"], Some(SiteRefusal::Group)),
        ([none, &["writer"], none], none, &["writer"], Some(SiteRefusal::Group)),
        ([&["fabrikam"], &["sales"], none], both, none, Some(SiteRefusal::Tenant)),
    ] {
        assert_eq!(judged(rules, Some(groups), roles), refusal, "{rules:?}");
    }
}

#[test]
fn rules_are_a_few_names_in_order_each_once() {
    let rules = || SiteRules::default();
    let many = |count: usize| (0..count).map(|n| format!("name-{n:02}")).collect::<Vec<_>>();
    let tenants = |count| many(count).iter().map(|name| name.parse().unwrap()).collect::<Vec<_>>();
    let most = SiteRules::MOST;
    let full = rules().with_tenants(tenants(most)).unwrap();
    let full = full.with_groups(many(most)).unwrap().with_roles(many(most)).unwrap();
    assert_eq!((full.tenants(), full.groups(), full.roles()), (&*tenants(most), &*many(most), &*many(most)));
    let too_many = |kind| Err(NotSiteRules::TooMany { kind, found: most + 1 });
    assert_eq!(rules().with_tenants(tenants(most + 1)), too_many("tenants"));
    assert_eq!(rules().with_groups(many(most + 1)), too_many("groups"));
    assert_eq!(rules().with_roles(many(most + 1)), too_many("roles"));
    let twice: Vec<String> = names(&["b", "a", "b"].repeat(most));
    assert_eq!(rules().with_roles(twice).unwrap().roles(), ["a", "b"]);

    let long = |letters: usize| "\u{e4}".repeat(letters);
    for good in ["Domain Users", "role: writer", &long(256)] {
        assert_eq!(rules().with_groups(names(&[good])).unwrap().groups(), [good]);
    }
    for bad in ["", "a\nb", "a\u{0}", "a\u{85}", &long(257)] {
        for refused in [rules().with_groups(names(&["a", bad])), rules().with_roles(names(&["a", bad]))] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), "site.name", "{bad:?}");
            assert!(refused.to_string().contains("1 to 256 characters"), "{refused}");
        }
    }
}

#[test]
fn g7_groups_that_nobody_can_list_satisfy_no_rule_about_groups() {
    assert_eq!(judged([&[], &["sales"], &[]], Some(&["sales"]), &[]), None);
    assert_eq!(judged([&[], &["sales"], &[]], None, &[]), Some(SiteRefusal::GroupsIncomplete));
    assert_eq!(judged([&[], &[], &["writer"]], None, &["writer"]), None);
    assert_eq!(judged([&[], &[], &[]], None, &[]), None);
}
