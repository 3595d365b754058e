<?php
// Landfall's metadata, read by SimpleSAMLphp's own parser, and what `answer.json` says of the next response.
$folder = getenv('INTEROP_FOLDER');
$answer = json_decode(file_get_contents("$folder/answer.json"), true);
$sp = SimpleSAML\Metadata\SAMLParser::parseFile("$folder/sp.xml")->getMetadata20SP();
$metadata[$sp['entityid']] = [
    'saml20.sign.response' => $answer['sign'] !== 'assertion',
    'saml20.sign.assertion' => $answer['sign'] !== 'response',
    'sign.logout' => true,
    'validate.logout' => true,
    'assertion.encryption' => $answer['encrypt'] !== null,
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [
        10 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'personId',
            'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        ],
    ],
] + $sp;
