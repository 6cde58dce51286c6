using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Chat.Identity.DataProtection;

/// <summary>Created by DataProtection from the type name stored beside each encrypted key, hence the service provider.</summary>
internal sealed class AesGcmXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var encryption = services.GetService<KeyEncryption>()
            ?? throw new CryptographicException("The stored key is encrypted, and DataProtection:Key is not configured.");

        return XElement.Parse(Encoding.UTF8.GetString(encryption.Decrypt(Convert.FromBase64String(encryptedElement.Value))));
    }
}
