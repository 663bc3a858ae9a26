// Runs a vendor's C# sample over requests: one JSON line in, one out. The sample's method is put in where the mark
// stands; it asks for a request of ASP.NET, of which as much is here as it touches. What it compares with is caught on
// the way: that is the signature the vendor's own code would have sent.

using System;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

class HeaderValue
{
    readonly string text;

    public HeaderValue(string text) { this.text = text; }

    public override string ToString() { return text; }
}

class HeaderDictionary
{
    readonly string line;

    public HeaderDictionary(string line) { this.line = line; }

    // A header that is not there is an empty text, as in ASP.NET.
    public HeaderValue this[string name] { get { return new HeaderValue(Check.Member(line, name)); } }
}

class HttpRequest
{
    public HeaderDictionary Headers;
    public string Body;
}

class CryptographicOperations
{
    public static string Caught;

    public static bool FixedTimeEquals(byte[] one, byte[] other)
    {
        Caught = Encoding.UTF8.GetString(other);
        return System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(one, other);
    }
}

class Check
{
    // SAMPLE

    string ReadRawBody(HttpRequest request) { return request.Body; }

    // Names of headers know no case, as in ASP.NET.
    public static string Member(string line, string name)
    {
        return Regex.Match(line, "\"" + name + "\":\"([^\"]*)\"", RegexOptions.IgnoreCase).Groups[1].Value;
    }

    static void Main()
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            var body = Encoding.UTF8.GetString(Convert.FromBase64String(Member(line, "body")));
            var request = new HttpRequest { Headers = new HeaderDictionary(line), Body = body };
            var valid = new Check().VerifyWebhook(request, Member(line, "secret"));
            Console.WriteLine("{{\"valid\":{0},\"made\":\"{1}\"}}", valid ? "true" : "false", CryptographicOperations.Caught);
        }
    }
}
