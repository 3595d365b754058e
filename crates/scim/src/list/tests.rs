use super::*;
use crate::Operator;

fn asked(query: &str) -> Result<ListRequest, ScimError> {
    ListRequest::from_query(query, &ResourceType::user(), Dialect::Strict)
}

fn page(query: &str) -> (u64, u64) {
    asked(query).map(|request| (request.start_index, request.count)).unwrap()
}

#[test]
fn h10_pages_begin_at_1_and_are_bounded() {
    // [attack H10], [rfc7644 3.4.2]
    assert_eq!(page(""), (1, 100));
    assert_eq!(page("startIndex=11&count=5"), (11, 5));
    assert_eq!(page("startIndex=0&count=-7"), (1, 0));
    assert_eq!(page("startIndex=-3&count=0"), (1, 0));
    assert_eq!(page("count=201"), (1, 200));
    let huge = "9".repeat(400);
    assert_eq!(page(&format!("startIndex={huge}&count={huge}")), (i64::MAX.unsigned_abs(), 200));
    for query in ["count=x", "count=1.5", "startIndex=+1", "startIndex=-", "count=1&count=2"] {
        assert_eq!(asked(query).unwrap_err().kind(), ErrorKind::InvalidValue, "{query}");
    }
}

#[test]
fn what_is_not_of_scim_is_ignored() {
    assert_eq!(asked("aadOptscim062020&x=1&Count=5").unwrap(), asked("").unwrap());
}

#[test]
fn resources_are_sorted_by_what_has_an_order() {
    // [rfc7644 3.4.2.3]
    let sort =
        |query: &str| asked(query).map(|request| request.sort.map(|sort| (sort.by.to_string(), sort.order)));
    assert_eq!(sort("sortOrder=descending").unwrap(), None);
    assert_eq!(sort("sortBy=USERNAME").unwrap(), Some(("userName".to_owned(), SortOrder::Ascending)));
    assert_eq!(
        sort("sortBy=emails&sortOrder=Descending").unwrap(),
        Some(("emails.value".to_owned(), SortOrder::Descending))
    );
    for query in ["sortBy=x", "sortBy=name", "sortBy=x509Certificates", "sortBy=schemas", "sortBy=password"] {
        assert_eq!(sort(query).unwrap_err().kind(), ErrorKind::InvalidPath, "{query}");
    }
    assert_eq!(sort("sortBy=title&sortOrder=up").unwrap_err().kind(), ErrorKind::InvalidValue);
}

#[test]
fn a_search_asks_as_an_address_does() {
    // [rfc7644 3.4.3]
    let body = json!({
        "schemas": [ListRequest::SEARCH_SCHEMA], "filter": "userName eq \"a\"", "startIndex": 2, "count": "3",
        "attributes": ["userName", "name.givenName"], "sortBy": "title", "sortOrder": "descending",
    });
    let read = |body: &Value, dialect| {
        ListRequest::from_search(body.to_string().as_bytes(), &ResourceType::user(), dialect)
    };
    let query = "filter=userName+eq+%22a%22&startIndex=2&count=3&attributes=userName,name.givenName&sortBy=title&sortOrder=descending";
    assert_eq!(read(&body, Dialect::Strict).unwrap(), asked(query).unwrap());
    let filter = asked(query).unwrap().filter.unwrap();
    assert!(matches!(filter, Filter::Compare { operator: Operator::Equal, .. }));
    assert_eq!(read(&json!({}), Dialect::Strict).unwrap_err().kind(), ErrorKind::InvalidSyntax);
    assert!(read(&json!({}), Dialect::Okta).is_ok());
    for wrong in [
        json!({ "count": true }),
        json!({ "filter": 5 }),
        json!({ "attributes": [5] }),
        json!({ "attributes": {} }),
    ] {
        assert_eq!(read(&wrong, Dialect::Okta).unwrap_err().kind(), ErrorKind::InvalidValue);
    }
    assert_eq!(
        read(&json!({ "count": 1, "COUNT": 2 }), Dialect::Okta).unwrap_err().kind(),
        ErrorKind::InvalidSyntax
    );
}

#[test]
fn the_answer_has_its_number() {
    let answer = ListResponse { total_results: 12, start_index: 11, resources: vec![json!({}), json!({})] };
    assert_eq!(
        answer.to_json(),
        json!({ "schemas": [ListResponse::SCHEMA], "totalResults": 12, "startIndex": 11, "itemsPerPage": 2, "Resources": [{}, {}] })
    );
}
