// Runs a vendor's JavaScript sample over requests: one JSON line in, one out.
//
//     node check.js SAMPLE org|partner
//
// The sample is read from a file and stays as it is. What it compares with is caught on the way: that is the signature
// the vendor's own code would have sent.

const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');

const [path, kind] = process.argv.slice(2);
const verify = new Function('require', fs.readFileSync(path, 'utf8') + '\nreturn verifyWebhook;')(require);

const compare = crypto.timingSafeEqual;
let caught = null;
crypto.timingSafeEqual = (one, other) => {
    caught = kind === 'org' ? other.toString('utf8') : one.toString('hex');
    return compare(one, other);
};

function lowered(headers) {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

readline.createInterface({ input: process.stdin }).on('line', (text) => {
    const line = JSON.parse(text);
    const headers = lowered(line.headers);
    const body = Buffer.from(line.body, 'base64');
    Date.now = () => line.now * 1000;
    caught = null;
    let valid = false;
    try {
        valid = kind === 'org'
            ? verify({ headers, rawBody: body }, line.secret)
            : verify(headers, body.toString('utf8'), line.secret);
    } catch (error) {
        // A sample refuses by throwing as well as by saying no.
    }
    console.log(JSON.stringify({ valid: Boolean(valid), made: caught }));
});
