<?php
$claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
$config = [
    'admin' => ['core:AdminPassword'],
    'people' => [
        'exampleauth:UserPass',
        'ada:ada' => [
            'personId' => ['simplesamlphp-0001'],
            "{$claims}name" => ['ada@simplesamlphp.example'],
            "{$claims}emailaddress" => ['ada@simplesamlphp.example'],
            "{$claims}givenname" => ['Ada'],
            "{$claims}surname" => ['Lovelace'],
        ],
    ],
];
