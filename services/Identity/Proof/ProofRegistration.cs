namespace Chat.Identity.Proof;

internal static class ProofRegistration
{
    public static void AddProof(this IHostApplicationBuilder builder) => builder.Services.AddScoped<FreshProof>();
}
