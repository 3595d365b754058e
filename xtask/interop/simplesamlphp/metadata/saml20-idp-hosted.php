<?php
// The key that signs is the one that `answer.json` names.
$answer = json_decode(file_get_contents(getenv('INTEROP_FOLDER') . '/answer.json'), true);
$metadata['__DYNAMIC:1__'] = [
    'host' => '__DEFAULT__',
    'privatekey' => "$answer[key].key",
    'certificate' => "$answer[key].crt",
    'auth' => 'people',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
    'redirect.validate' => true,
    'sign.logout' => true,
    'validate.logout' => true,
];
