using System.Reflection;
using Chat.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Chat.Hosting
{
    /// <summary>Collects the resources of an application.</summary>
    public interface IDistributedApplicationBuilder
    {
        /// <summary>Parameters (<c>Parameters:name</c>) and connection strings (<c>ConnectionStrings:name</c>) come from here: environment, command line, settings files.</summary>
        ConfigurationManager Configuration { get; }

        string AppHostDirectory { get; }

        Assembly? AppHostAssembly { get; }

        IHostEnvironment Environment { get; }

        IServiceCollection Services { get; }

        DistributedApplicationExecutionContext ExecutionContext { get; }

        IResourceCollection Resources { get; }

        /// <exception cref="DistributedApplicationException">There is one of that name.</exception>
        IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

        /// <summary>A builder for a resource that was or will be added.</summary>
        IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;

        DistributedApplication Build();
    }

    public static class DistributedApplicationBuilderExtensions
    {
        /// <summary>A builder for the resource of that name.</summary>
        /// <exception cref="InvalidOperationException">There is none, or it is of another type.</exception>
        public static IResourceBuilder<T> CreateResourceBuilder<T>(this IDistributedApplicationBuilder builder, string name) where T : IResource =>
            builder.Resources.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) switch
            {
                T resource => builder.CreateResourceBuilder(resource),
                null => throw new InvalidOperationException($"Resource '{name}' was not found."),
                var other => throw new InvalidOperationException($"Resource '{name}' of type '{other.GetType()}' is not assignable to requested type '{typeof(T).Name}'."),
            };
    }

    public enum DistributedApplicationOperation
    {
        Run = 0,
        Publish = 1,
    }

    /// <summary>Whether the application runs here or is described for deployment.</summary>
    public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
    {
        public DistributedApplicationOperation Operation { get; } = operation;

        public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

        public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
    }

    public sealed class DistributedApplicationOptions
    {
        public string[]? Args { get; set; }

        public string? AssemblyName { get; set; }

        public string? ProjectDirectory { get; set; }
    }

    /// <summary>The application model cannot be built or run as it is; the message says why.</summary>
    public class DistributedApplicationException : Exception
    {
        public DistributedApplicationException()
        {
        }

        public DistributedApplicationException(string message) : base(message)
        {
        }

        public DistributedApplicationException(string message, Exception inner) : base(message, inner)
        {
        }
    }
}

namespace Chat.Hosting.ApplicationModel
{
    public enum ResourceAnnotationMutationBehavior
    {
        Append = 0,
        Replace = 1,
    }

    /// <summary>Describes one resource further.</summary>
    public interface IResourceBuilder<out T> where T : IResource
    {
        IDistributedApplicationBuilder ApplicationBuilder { get; }

        T Resource { get; }

        IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation;

        IResourceBuilder<T> WithAnnotation<TAnnotation>(ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation, new() => WithAnnotation(new TAnnotation(), behavior);
    }

    internal sealed class DistributedApplicationResourceBuilder<T>(IDistributedApplicationBuilder applicationBuilder, T resource) : IResourceBuilder<T> where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder { get; } = applicationBuilder;

        public T Resource { get; } = resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var old in Resource.Annotations.OfType<TAnnotation>().ToArray())
                    Resource.Annotations.Remove(old);
            }
            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}
