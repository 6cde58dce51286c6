using Chat.Hosting.ApplicationModel;
using Chat.Hosting.JavaScript;

namespace Chat.Hosting.JavaScript
{
    /// <summary>A script of a package, run by npm.</summary>
    public class JavaScriptAppResource(string name, string command, string workingDirectory)
        : ExecutableResource(name, command, workingDirectory), IResourceWithServiceDiscovery, IResourceWithContainerFiles;

    /// <summary>A Vite development server.</summary>
    public class ViteAppResource(string name, string command, string workingDirectory) : JavaScriptAppResource(name, command, workingDirectory);

    /// <summary>Installs the packages of an app before it starts.</summary>
    public class JavaScriptInstallerResource(string name, string workingDirectory) : ExecutableResource(name, "npm", workingDirectory);
}

namespace Chat.Hosting
{
    public static class JavaScriptHostingExtensions
    {
        /// <summary>Runs a script of the package on a free port, which it gets as <c>--port</c> and in <c>PORT</c>. Packages are installed when missing or older than package.json.</summary>
        public static IResourceBuilder<ViteAppResource> AddViteApp(this IDistributedApplicationBuilder builder, string name, string appDirectory, string runScriptName = "dev")
        {
            var directory = Path.GetFullPath(appDirectory, builder.AppHostDirectory);
            var app = builder.AddResource(new ViteAppResource(name, "npm", directory)).WithHttpEndpoint(env: "PORT");
            app.WithArgs("run", runScriptName, "--", "--port", app.GetEndpoint("http").Property(EndpointProperty.TargetPort))
                .WithEnvironment("NODE_ENV", builder.Environment.EnvironmentName == "Development" ? "development" : "production");
            if (builder.ExecutionContext.IsRunMode && !PackagesAreInstalled(directory))
            {
                // Optional platform packages make `npm ci` fail on partial feeds.
                var installer = builder.AddResource(new JavaScriptInstallerResource($"{name}-installer", directory)).WithArgs("install", "--no-audit", "--no-fund").ExcludeFromManifest();
                app.WaitForCompletion(installer);
            }
            return app;
        }

        private static bool PackagesAreInstalled(string directory)
        {
            // npm writes this file last, at every installation.
            var installed = new FileInfo(Path.Combine(directory, "node_modules", ".package-lock.json"));
            return installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(directory, "package.json"));
        }
    }
}
