using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting
{
    /// <summary>A resource other resources find by name (<c>services__name__scheme__index</c>).</summary>
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

    /// <summary>A resource whose built files another resource's image may carry.</summary>
    public interface IResourceWithContainerFiles : IResource;

    /// <summary>Where a project is; generated as <c>Projects.Name</c> for every project the AppHost references.</summary>
    public interface IProjectMetadata : IResourceAnnotation
    {
        /// <summary>Full path of the project file.</summary>
        string ProjectPath { get; }

        /// <summary>True when the project was built together with the AppHost.</summary>
        bool SuppressBuild => false;
    }
}

namespace Chat.Hosting.ApplicationModel
{
    /// <summary>A .NET project, started from its build output.</summary>
    public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery,
        IResourceWithWaitSupport, IComputeResource, IContainerFilesDestinationResource;

    /// <summary>A program of the machine.</summary>
    public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IComputeResource
    {
        public ExecutableResource(string name, string command, string workingDirectory) : base(name)
        {
            Command = command;
            WorkingDirectory = workingDirectory;
        }

        public string Command { get; }

        public string WorkingDirectory { get; }
    }

    /// <summary>A container image; needs a container runtime.</summary>
    public class ContainerResource(string name, string? entrypoint = null) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints,
        IResourceWithWaitSupport, IComputeResource
    {
        public string? Entrypoint { get; set; } = entrypoint;
    }
}
