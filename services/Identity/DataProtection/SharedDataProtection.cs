using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Chat.Identity.DataProtection;

internal static class SharedDataProtection
{
    /// <summary>
    /// DataProtection with its key ring in PostgreSQL. Without <c>DataProtection:Key</c> the ring lies in the same database as what it protects,
    /// in the clear: enough for a laptop, not for a deployment.
    /// </summary>
    public static void AddSharedDataProtection(this IHostApplicationBuilder builder)
    {
        builder.Services.AddDataProtection().SetApplicationName("chat-identity");
        builder.Services.AddSingleton<ProtectionKeys>();

        var options = builder.Services.AddOptions<KeyManagementOptions>()
            .Configure<ProtectionKeys>((management, keys) => management.XmlRepository = keys);

        if (builder.Configuration["DataProtection:Key"] is { Length: > 0 } secret)
        {
            builder.Services.AddSingleton(new KeyEncryption(secret));
            options.Configure<KeyEncryption>((management, encryption) => management.XmlEncryptor = new AesGcmXmlEncryptor(encryption));
        }
    }
}
